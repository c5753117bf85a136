"""What is to be mended in the theme's pages for those who hear them, or have no mouse."""

import re

SIDEBAR = '<div class="sidebar-primary-items__start sidebar-primary__section"'
EQUATION = '<div class="math notranslate nohighlight"'


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", markup).split())


def named_folds(found: re.Match) -> str:
    "A fold of the bar at the side says whose pages it hides."
    return found[0].replace("<summary>", f'<summary aria-label="Pages of {words(found[1])}">')


def lines_of(found: re.Match) -> str:
    "The parameters of a long signature, which is no list of definitions, a line each."
    inside = found[1].replace("<dd>", '<span class="sig-line">').replace("</dd>", "</span>")
    return f'<span class="sig-lines">{inside}</span>'


def spoken_formula(found: re.Match) -> str:
    "The head of a column that is a formula alone, in words for those who hear it."
    name = re.sub(r"\\[()]|[\\{}]", "", found[3])
    hidden = found[2].replace("<span", '<span aria-hidden="true"')
    return f'{found[1]}<span class="visually-hidden">{name}</span>{hidden}'


def tidy(text: str) -> str:
    text = re.sub(r"<dl>\n((?:<dd>.*</dd>\n)+)</dl>\n", lines_of, text)
    formula = (
        r'(<th class="head[^"]*">(?:<p>)?)(<span class="math[^>]*>([^<]*)</span>)(?=(?:</p>)?</th>)'
    )
    text = re.sub(formula, spoken_formula, text)
    # An empty corner of a table is the head of nothing.
    text = re.sub(r'<th class="head[^"]*">(?:<p></p>)?</th>', "<td></td>", text)
    # A second title, for paper.
    for_paper = r'(<div id="jb-print-docs-body"[^>]*>\s*)<h1>(.*?)</h1>'
    text = re.sub(for_paper, r'\1<p class="h1">\2</p>', text, flags=re.S)
    # A name that does not hold the text that is seen.
    text = re.sub(
        r'(<button class="btn search-button-field[^>]*?)\s+aria-label="Search"', r"\1", text
    )
    text = text.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    fold = r'<li class="[^"]*has-children"><a[^>]*>(.*?)</a><details[^>]*><summary>(?=<)'
    text = re.sub(fold, named_folds, text, flags=re.S)
    text = text.replace(SIDEBAR, f'{SIDEBAR} role="navigation" aria-label="Course"')
    # What scrolls must scroll by keyboard too.
    return text.replace(
        EQUATION, EQUATION.replace("<div", '<div tabindex="0" role="group" aria-label="Equation"')
    )
