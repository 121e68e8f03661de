"""Features as Hugging Face datasets describe their columns."""


def label_names(features: object) -> dict[str, tuple[str, ...]]:
    """Names of classes by column, of the columns that are ClassLabels; their cells hold places in them."""
    if not isinstance(features, dict):
        return {}
    return {
        column: tuple(map(str, feature["names"]))
        for column, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and feature.get("names")
    }
