"""Whether torch is there, and what it computes on."""

from automl_tl.domain.finding import Finding, Health


def probe() -> tuple[Finding, ...]:
    """Torch and the device; the import takes seconds."""
    try:
        import torch
        import torchvision
    except (ImportError, OSError, RuntimeError) as error:  # a pair that does not fit raises RuntimeError
        advice = "install torch and torchvision as one pair, from one index"
        return (Finding(what="torch", health=Health.BAD, found=str(error), advice=advice),)
    versions = f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    return Finding(what="torch", found=versions), _device(torch.cuda.is_available())


def _device(has_gpu: bool) -> Finding:
    import torch

    if has_gpu:
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return Finding(what="device", found=", ".join(names))
    built = "" if torch.version.cuda is None else f"; torch is built for CUDA {torch.version.cuda}"
    advice = "fine for small nets and probes; large backbones want a GPU"
    return Finding(
        what="device", found=f"no GPU, {torch.get_num_threads()} CPU threads{built}", advice=advice
    )
