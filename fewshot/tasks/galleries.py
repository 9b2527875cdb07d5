"""Galleries: the images of each class of a bank that are enrolled, and the probes that are identified among them."""

from dataclasses import dataclass

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.core.rng import distinct, random_bits, uniform
from fewshot.data.bank import ImageBank
from fewshot.protocols import Protocol


@dataclass(frozen=True)
class GalleryIndices:
    """References and probes as numbers of images in a bank; `own` is the place of a probe's identity among those that
    are enrolled. Probes stand class by class."""

    references: Int64[Tensor, "identity reference"]
    probes: Int64[Tensor, " probe"]
    own: Int64[Tensor, " probe"]


def gallery_of(bank: ImageBank, protocol: Protocol, references: int) -> GalleryIndices:
    """The gallery of all classes with so many images, the same for every method, and up to `protocol.probes` of each.

    A class with no more images than its references is enrolled without a probe. Where tasks have supports and queries
    of different authors, half of the authors, drawn once, make the references and the others the probes, as few of them
    as are needed; forgeries are neither. The probes of a class are the same in galleries of more references, unless its
    images run out. Raises `RequestError` for fewer than two identities, and where no probe is left.
    """
    order, first = _order(bank, protocol)
    count, image = bank.count, torch.arange(order.shape[1], device=bank.device)
    enrolled = (first >= references).nonzero()[:, 0]
    left = count - (first if protocol.selects_by.other_authors else references)
    last = (image < count[:, None]) & (image >= (count - left.clamp(0, protocol.probes))[:, None])
    label, place = last[enrolled].nonzero().unbind(1)
    if len(enrolled) < 2 or not len(label):
        authors = " by half of the authors, which are drawn" if protocol.selects_by.other_authors else ""
        needs = f"two classes of {references} images{authors}, and a probe"
        raise RequestError(f"gallery: expected {needs}, got {len(enrolled)} classes and {len(label)} probes")
    images = bank.first[:, None] + order
    return GalleryIndices(images[enrolled, :references], images[enrolled[label], place], label)


def _order(bank: ImageBank, protocol: Protocol) -> tuple[Int64[Tensor, "class place"], Int64[Tensor, " class"]]:
    """The images of each class, numbered from its first, in a drawn order, and how many of them can be references."""
    most, authors = int(bank.count.max()), len(bank.authors)
    image, purpose = torch.arange(most, device=bank.device), f"{protocol.name}/gallery"
    label = torch.arange(len(bank.classes), device=bank.device)
    key, outside = uniform(random_bits(protocol.seed, purpose, label, most)).double(), image >= bank.count[:, None]
    first = bank.count
    if protocol.selects_by.other_authors:
        drawn = distinct(random_bits(protocol.seed, f"{purpose}/authors", label[:1], authors), authors)[0]
        place = drawn[bank.author[(bank.first[:, None] + image).clamp(max=len(bank) - 1)]]
        key, first = key + place, ((place < authors // 2) & ~outside).sum(1)
    return key.masked_fill(outside, torch.inf).argsort(stable=True), first
