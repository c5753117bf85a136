"""The website as a reader meets it."""


def test_the_start_page_opens(served, page):
    page.goto(f"{served}/index.html")
    assert page.locator("h1").count() == 1
