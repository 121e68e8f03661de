"""Every command: its file, and the line that the help has of it, so that no help imports a command."""

from collections.abc import Mapping
from types import MappingProxyType

SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "From a dataset to a champion": {
            "data": ("data", "Look at a dataset before time is spent; forget samples."),
            "run": ("run", "Search, prove and promote here and now, without a daemon."),
            "predict": ("predict", "Ask a champion about files, folders, tables or texts."),
            "evaluate": ("evaluate", "How good a model is on labelled samples of your own."),
            "models": ("models", "Champions, versions, cards; roll back, promote, hold."),
            "export": ("export", "Write a model as files: safetensors or ONNX."),
            "space": ("space", "What a search may try."),
            "zoo": ("zoo", "Pretrained backbones: those that come along, those to fetch."),
        },
        "With a daemon": {
            "serve": ("serve", "Run the daemon, with its page, until it is told to stop."),
            "submit": ("jobs", "Queue a dataset."),
            "jobs": ("jobs", "What is queued, running and done; watch, cancel, retry."),
            "schedule": ("schedule", "Train again every night."),
            "webhooks": ("webhooks", "Addresses that are told of decisions and failures."),
            "system": ("system", "How the daemon and its machine are."),
            "demo": ("demo", "Send it a dataset that is made here, and follow the job."),
        },
        "For who runs it": {
            "doctor": ("doctor", "Whether all is there, and what to do where it is not."),
            "settings": ("settings", "What each setting is here."),
            "du": ("upkeep", "What the home's bytes are for."),
            "gc": ("upkeep", "Free what nobody needs any more."),
            "backup": ("backup", "Copy the home while it is in use."),
            "restore": ("backup", "Make a home again from a backup."),
            "keys": ("keys", "API keys of tenants: made, listed, revoked."),
            "quota": ("quota", "What a tenant's jobs may take."),
            "audit": ("audit", "Who did what."),
        },
        "And": {
            "completion": ("completion", "Let the Tab key complete commands and options."),
            "bench": ("bench", "Measure what this project promises."),
            "replay": ("replay", "What the choice of candidates would have cost on known results."),
        },
    }
)
"""Heading → command → file in ``cli/`` and sentence, in the order of a newcomer's way."""
FILES: Mapping[str, str] = MappingProxyType(
    {name: file for commands in SECTIONS.values() for name, (file, _) in commands.items()}
)
"""Command → file in ``cli/``."""
