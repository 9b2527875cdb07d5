def test_a_gallery_is_as_it_was_written(gallery):
    assert gallery("gallery check") == (0, "g: 2 identities, 4 images, as they were written\n", "")
