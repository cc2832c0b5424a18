"""Which pictures were made here is known by their bytes, and for a while."""

from router.images.prepared import PreparedPictures


def test_a_picture_is_known_by_its_hash_until_many_others_have_come():
    pictures = PreparedPictures()
    pictures.add("first", "small")
    for number in range(255):
        pictures.add(f"{number}", "")
    assert pictures.thumbnail_of("first") == "small"
    assert pictures.thumbnail_of("never made") is None
    pictures.add("one more", "")
    assert pictures.thumbnail_of("first") is None


def test_a_picture_that_is_made_again_stays_longer():
    pictures = PreparedPictures()
    pictures.add("first", "small")
    pictures.add("second", "")
    pictures.add("first", "small")
    for number in range(255):
        pictures.add(f"{number}", "")
    assert pictures.thumbnail_of("first") == "small"
    assert pictures.thumbnail_of("second") is None
