"""Pressing a page's buttons, and waiting for the job that its address names."""

from pages.components.console.runtime import runtime


def job_of(app):
    """The job that the page's address names."""
    return runtime().portal.find_job(app.query_params.get("job", ""))


def over(app):
    """Run the page once its job is over."""
    if (job := job_of(app)) is not None:
        assert job.ended.wait(20)
        app.run()
    return app


def pressed(app, key="send"):
    return over(app.button(key=key).click().run())


def pressed_twice(app, key):
    """Press a button twice before the page is drawn anew; gives what the address held in between."""
    app.button(key=key).click()
    states = app._tree.get_widget_states()
    app._run(states)
    between = dict(app.query_params)
    app._run(states)
    return between


def ate(show, text="2 eggs"):
    app = show("meals.py")
    app.text_area(key="meal").input(text)
    return pressed(app)


def added(show, text):
    app = show("quick_entry.py")
    app.text_input(key="line").input(text)
    return pressed(app)
