"""Objects on workers: made, asked, lost, made again. Real processes are killed in test_parallel."""

import time
from types import SimpleNamespace

import pytest

from nn_from_scratch import workers
from nn_from_scratch.workers import Crew, Gone, Holder, connected, dumps, finished, outcome


class Sum:
    "Adds what it is asked to what it was made of."

    def load(self, start):
        self.total = start
        return start

    def plus(self, n):
        if n is None:
            raise OSError("nothing to add")
        return self.total + n


class Sent:
    "Something that was sent, with the answers to one question after the other; the last one stays."

    def __init__(self, *answers, done=False, status="pending"):
        self.answers, self.is_done, self.asked = list(answers), done, 0
        self.status = status

    def done(self):
        return self.is_done

    def result(self, timeout):
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Engine:
    "In the place of a client: workers by name; one that is dead takes nothing."

    def __init__(self, *names, deaf=()):
        self.alive, self.deaf, self.made = {*names}, {*deaf}, []
        self.scheduler = SimpleNamespace(ncores=lambda: dict.fromkeys(sorted(self.alive), 1))

    def sync(self, function, callback_timeout):
        return function()

    def as_current(self):
        return workers.ExitStack()

    def submit(self, kind, *arguments, actor, pure, workers):
        assert actor and not pure
        (name,) = workers
        if name not in self.alive:
            return Sent(OSError(name))
        self.made.append(name)
        return Sent(Actor(self, name, kind(*arguments)))


class Actor:
    def __init__(self, engine, name, holder):
        self.engine, self.name, self.holder = engine, name, holder

    def call(self, *arguments):
        if self.name in self.engine.deaf:
            return Sent(TimeoutError())
        if self.name not in self.engine.alive:
            raise RuntimeError("the worker of this actor was lost")
        return Sent(self.holder.call(*arguments))


# By hand ------------------------------------------------------------------------------------------


def test_members_go_where_there_are_the_fewest():
    engine = Engine("a", "b")
    crew = Crew(engine, Sum, [(1,), (2,), (3,), (4,)])
    assert crew.load() == [1, 2, 3, 4] and engine.made == ["a", "b", "a", "b"]
    assert crew.ask("plus", {3: (10,), 0: (20,)}) == [14, 21]


def test_a_lost_member_is_made_again_of_the_same():
    engine = Engine("a", "b")
    crew = Crew(engine, Sum, [(1,), (2,), (3,)])
    crew.load()
    engine.alive.remove("a")
    assert crew.ask("plus", {0: (1,), 1: (1,), 2: (1,)}) == [2, 3, 4]
    assert engine.made == ["a", "b", "a", "b", "b"]
    engine.alive.add("c")
    engine.alive.remove("b")
    assert crew.ask("plus", {1: (5,)}) == [7]
    assert [member.address for member in crew.members] == ["b", "c", "b"]


def test_a_member_that_dies_between_two_messages():
    "The call is on its way, and the scheduler knows the worker no more."
    engine = Engine("a", "b")
    crew = Crew(engine, Sum, [(1,)])
    crew.load()
    member = crew.members[0]
    member.send("plus", (1,))
    member.sent = Sent(TimeoutError())
    engine.alive.remove("a")
    assert member.answer() == 2 and member.address == "b"


def test_who_is_silent_is_asked_no_more():
    engine = Engine("a", "b", deaf=["a"])
    crew = Crew(engine, Sum, [(1,), (2,)], patience=0.01)
    assert crew.load() == [1, 2] and crew.silent == {"a"}
    assert {member.address for member in crew.members} == {"b"}


def test_waiting():
    "Patient while the worker is there; an error that came with the answer is no silence."
    engine = Engine("a")
    assert workers.wait_for(engine, Sent(TimeoutError(), TimeoutError(), 5), "a") == 5
    with pytest.raises(OSError, match="the worker at b is gone"):
        workers.wait_for(engine, Sent(TimeoutError()), "b")
    with pytest.raises(OSError, match="the worker at a is gone"):
        workers.wait_for(engine, Sent(TimeoutError(), done=True), "a")
    with pytest.raises(TimeoutError, match="the worker at a is silent"):
        workers.wait_for(engine, Sent(TimeoutError()), "a", patience=0.01)
    with pytest.raises(KeyError):
        workers.wait_for(engine, Sent(KeyError()), "a")


def test_a_holder_answers_with_errors_that_can_travel():
    holder = Holder(dumps(Sum))
    assert holder.call("load", 3) == (3, None) and holder.call("plus", 4) == (7, None)
    nothing, error = holder.call("plus", None)
    assert nothing is None and type(error) is OSError and "in plus" in error.__notes__[0]


def test_what_is_finished_comes_in_lists():
    engine = Engine("a")
    one, two = Sent(1, done=True), Sent(2)
    found = finished(engine, [one, two])
    assert next(found) == [one] and next(found) == []
    two.is_done = True
    assert list(found) == [[two]]
    assert list(finished(engine, [])) == []


def test_nobody_waits_for_ever():
    engine, waiting = Engine(), Sent(TimeoutError())
    start = time.monotonic()
    assert not any(finished(engine, [waiting], patience=0.1))
    assert 0.1 <= time.monotonic() - start < 5
    del engine.scheduler
    assert list(finished(engine, [waiting])) == []


def test_an_outcome_that_was_lost_with_its_worker_is_asked_for_again():
    "But not one that is a TimeoutError itself; and not for ever."
    sent = Sent(TimeoutError(), TimeoutError(), 5)
    assert outcome(sent, "a") == 5 and sent.asked == 3
    sent = Sent(TimeoutError("of its own"), 5, status="error")
    assert str(outcome(sent, "a")) == "of its own" and sent.asked == 1
    error = outcome(Sent(TimeoutError()), "a", patience=0.01)
    assert type(error) is TimeoutError and error.__notes__ == ["It was the run of 'a'."]


def test_a_large_result_gets_the_time_that_it_takes():
    class Large(Sent):
        def result(self, timeout):
            super().result(timeout)
            if timeout < 8:
                raise TimeoutError
            return "large"

    sent = Large(None)
    assert outcome(sent, "a") == "large" and sent.asked == 4


def test_the_time_to_take_what_is_finished_does_not_count():
    engine = Engine("a")
    one, two = Sent(1, done=True), Sent(2)
    found = finished(engine, [one, two], patience=0.2)
    assert next(found) == [one]
    time.sleep(0.3)
    two.is_done = True
    assert list(found) == [[two]]


def test_an_outcome_may_be_an_error():
    assert outcome(Sent(5), "a") == 5
    error = outcome(Sent(ValueError("no")), {"seed": 3})
    assert type(error) is ValueError and error.__notes__ == ["It was the run of {'seed': 3}."]


# Errors -------------------------------------------------------------------------------------------


def test_an_error_of_ones_own_is_raised_with_the_member():
    "And nobody is made again for it."
    engine = Engine("a", "b")
    crew = Crew(engine, Sum, [(1,), (2,)])
    crew.load()
    with pytest.raises(OSError, match="nothing to add") as caught:
        crew.ask("plus", {1: (None,)})
    assert caught.value.__notes__[-1] == "It was shard 1 of 2." and len(engine.made) == 2


def test_a_question_that_kills_is_not_asked_for_ever():
    class Deadly(Sum):
        def plus(self, n):
            engine.alive.discard(crew.members[0].address)
            engine.alive.add(f"w{len(engine.made)}")
            raise SystemExit

    engine = Engine("a")
    crew = Crew(engine, Sum, [(1,)])
    crew.load()
    member = crew.members[0]
    send = member.send

    def deadly(name, arguments):
        send(name, arguments)
        if name == "plus":
            member.sent = RuntimeError("dead")

    member.send = deadly
    with pytest.raises(Gone, match="four workers were lost over one plus"):
        crew.ask("plus", {0: (1,)})
    assert len(engine.made) == 5


def test_without_a_worker_or_a_scheduler_it_ends():
    engine = Engine()
    with pytest.raises(Gone, match="there was no worker for 0.01 seconds"):
        Crew(engine, Sum, [(1,)], patience=0.01).load()
    del engine.scheduler
    with pytest.raises(Gone, match="the scheduler does not answer"):
        Crew(engine, Sum, [(1,)], patience=0.01).load()


def test_an_address_where_nobody_is():
    with pytest.raises(
        ConnectionError, match="no scheduler of Dask answers at 'tcp://127.0.0.1:9'"
    ):
        with connected("tcp://127.0.0.1:9", patience=0.5):
            pass
