"""`Template`: an image as a verifier compares it."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from fewshot.verification.images import Unusable


@dataclass(frozen=True)
class Template:
    """The embedding of one image, and how the image was changed; None and the reason for one that cannot be used.

    `digest` is the SHA-256 of the pixels that the network takes, so that one image in two files has one.
    """

    name: str
    embedding: Float[Tensor, " dim"] | None
    change: str = ""
    digest: bytes = b""


def usable(template: Template) -> Float[Tensor, " dim"]:
    """The embedding of a template. Raises `Unusable` if there is none."""
    if template.embedding is None:
        raise Unusable(f"{template.name}: {template.change}")
    return template.embedding
