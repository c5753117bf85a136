"""Buttons for an exercise, where ipywidgets is installed; without it, the same in words."""

from nn_from_scratch.exercises import Exercise, Words


def panel(exercise: Exercise):
    "Check, hint, solution as buttons; the check looks for the names in the notebook."
    try:
        import ipywidgets as widgets
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return Words(f"`.check({', '.join(exercise.names)})`, `.hint()`, `.solution()`")

    def check():
        scope = get_ipython().user_ns
        missing = [name for name in exercise.names if name not in scope]
        if missing:
            return Words(f"There is no `{missing[0]}` yet: run the cell with your answer.")
        return exercise.check(*(scope[name] for name in exercise.names))

    output = widgets.Output()
    buttons = []
    for words, action in (
        ("Check", check),
        ("Hint", exercise.hint),
        ("Solution", exercise.solution),
    ):
        button = widgets.Button(description=words, tooltip=f"{words}: {exercise.title}")

        def show(_, action=action):
            output.clear_output(wait=True)
            with output:
                display(action())

        button.on_click(show)
        buttons.append(button)
    return widgets.VBox([widgets.HBox(buttons), output])
