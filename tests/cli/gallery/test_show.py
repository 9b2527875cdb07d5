def test_the_images_of_an_identity_have_numbers_and_files(gallery, refused):
    lines = gallery("gallery show b")[1].splitlines()
    assert [line.split()[::2] for line in lines] == [["number", "file"], ["3", "b/0.png"], ["4", "b/1.png"]]
    assert "unknown identity 'c': expected one of a, b" in refused("gallery show c")
