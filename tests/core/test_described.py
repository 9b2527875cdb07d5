from fewshot.core.described import Described


class Two(Described):
    def summary(self):
        return {"images": "2", "name": "a <b>"}


def test_a_value_is_shown_by_its_facts_alone():
    assert repr(Two()) == "Two(images: 2, name: a <b>)"
    assert Two()._repr_html_() == (
        '<table><caption>Two</caption><tr><th scope="row">images</th><td>2</td></tr>'
        '<tr><th scope="row">name</th><td>a &lt;b&gt;</td></tr></table>'
    )
