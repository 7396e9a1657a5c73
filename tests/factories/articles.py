"""Invented articles, and pictures made while the test runs."""

from datetime import timedelta
from io import BytesIO

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from campaigns.models import Article, Category
from campaigns.states import ArticleState


class CategoryFactory(DjangoModelFactory):
    """A heading."""

    class Meta:
        model = Category

    name = factory.Sequence(lambda number: f"Letters from prison {number}")
    slug = factory.Sequence(lambda number: f"letters-from-prison-{number}")


class ArticleFactory(DjangoModelFactory):
    """On the site since an hour ago; ``categories=[…]`` files it."""

    class Meta:
        model = Article
        skip_postgeneration_save = True

    state = ArticleState.PUBLISHED
    title = factory.Sequence(lambda number: f"Harbour workers of Veldstad stay out, day {number}")
    slug = factory.Sequence(lambda number: f"harbour-workers-{number}")
    excerpt = "Four hundred workers have not gone back. Their delegate is held in Prison 4."
    body = "<p>Since Monday nobody has loaded a ship in Veldstad.</p>"
    byline = "Ilse Brandt"
    published_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=1))

    @factory.post_generation
    def categories(self, create, extracted, **_kwargs):
        if create and extracted:
            self.categories.set(extracted)


def picture(name="march.jpg", kind="JPEG", size=(640, 480), **options):
    """An upload of one colour."""
    out = BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, options.pop("color", "firebrick")).save(out, kind, **options)
    return SimpleUploadedFile(name, out.getvalue(), content_type=f"image/{kind.lower()}")
