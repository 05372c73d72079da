"""Pages on paper: the light theme whatever the screen has, and the answers of a quiz after its questions."""

import re

DARK = re.compile(r"""\[data-theme=["']?dark["']?\]""")
LIGHT = re.compile(r"""\[data-theme=["']?light["']?\]""")
QUIZ = re.compile(r'<div class="quiz">.*?</ol></div>', re.S)
QUESTION = re.compile(r"<li><p>.*?(?=<li><p>|</ol></div>)", re.S)
RIGHT = re.compile(r'<details class="right"><summary>(.*?)</summary><p>(.*?)</p></details>', re.S)


def light_on_paper(selectors, declarations):
    """Return a rule of the style sheet: what is for the dark theme on screens only, what is for the light one also in print."""
    anywhere = [text for text in selectors if not DARK.search(text)]
    dark = [text for text in selectors if DARK.search(text)]
    light = [LIGHT.sub("[data-theme]", text) for text in anywhere if LIGHT.search(text)]
    css = f"{','.join(anywhere)}{{{declarations}}}" if anywhere else ""
    css += f"@media screen{{{','.join(dark)}{{{declarations}}}}}" if dark else ""
    return css + (f"@media print{{{','.join(light)}{{{declarations}}}}}" if light else "")


def with_answers(body):
    """Return a page's HTML with what is right, and why, after each quiz: for paper, where nothing can be opened."""

    def add(quiz):
        answers = [RIGHT.search(question) for question in QUESTION.findall(quiz[0])]
        items = "".join(f"<li><b>{answer[1]}.</b> {answer[2]}</li>" for answer in answers if answer)
        if not items:  # a class's copy has questions alone
            return quiz[0]
        return f'{quiz[0]}<div class="quiz-answers onlyprint" hidden><p>Answers</p><ol>{items}</ol></div>'

    return QUIZ.sub(add, body)
