"""The images that services ran."""

from stackproof.engine import labels
from stackproof.outcomes.model import ImageInfo
from stackproof.sandbox.images import Images
from stackproof.stack.stack import Stack


def ran_images(stack: Stack, had: Images | None) -> tuple[ImageInfo, ...]:
    """Return the images that services ran; none of a stack whose images were not had."""
    if had is None:
        return ()
    return tuple(
        ImageInfo(
            service=name,
            reference=stack.services[name].image or "",
            stand_in=str((had.config[name].get("Labels") or {}).get(labels.STAND_IN) or ""),
            **identity,
        )
        for name, identity in had.identity.items()
        if name in stack.services
    )
