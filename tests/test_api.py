import pytest
import torch
from torch import nn

import fewshot
from fewshot.errors import RequestError
from fewshot.record import record_file, write_record


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(28 * 28, 8), nn.BatchNorm1d(8))


def constant(tasks):
    task, way, query = tasks.query.shape[:3]
    return torch.zeros(task, way, query, way)


def test_load_gives_a_split():
    bank = fewshot.load("typefaces", "scripts", "val")
    assert set(bank.groups) == {"Armenian", "Georgian"}
    assert bank.shape == (1, 28, 28)


def test_draw_gives_tasks():
    tasks = fewshot.draw(fewshot.load("typefaces", "scripts"), fewshot.TaskShape(5, 1, 3), numbers=range(4))
    assert tasks.support.shape == (4, 5, 1, 1, 28, 28)
    assert tasks.query.shape == (4, 5, 3, 1, 28, 28)


def test_a_module_is_evaluated_with_frozen_norms_and_left_as_it_was():
    net = Net().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    record = fewshot.evaluate(net, protocol="scripts", stage="val")
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert len(record.accuracy["20-way 1-shot"]) == 300
    assert record.facts["versions"]["torch"]


def test_the_weights_are_part_of_the_id():
    one, other = (fewshot.evaluate(Net(), protocol="scripts", stage="val") for _ in range(2))
    assert one.id != other.id


def test_a_constant_function_is_exactly_at_chance():
    record = fewshot.evaluate(constant, protocol="scripts", stage="val")
    assert record.accuracy["20-way 1-shot"] == pytest.approx([0.05] * 300, abs=1e-12)


def test_train_gives_a_record_and_a_learner_that_evaluates_the_same():
    record, learner = fewshot.train("triplet", steps=4, val_every=2, device="cpu")
    assert [row[0] for row in record.curve] == [2, 4]
    again = fewshot.evaluate(learner, protocol="scripts", stage="val", size=28)
    assert again.accuracy == record.accuracy


def test_frame_is_one_row_for_a_run_and_task(make_record, tmp_path):
    from fewshot.suites import read_suite

    for spec in read_suite("quickstart").specs:
        write_record(make_record(spec), record_file(tmp_path, "quickstart", spec))
    table = fewshot.frame(tmp_path)
    assert len(table) == 10
    assert set(table["loss"].dropna()) == {"verification", "contrastive", "triplet", "prototypical"}
    assert table["accuracy"].between(0, 1).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fewshot.load("typefaces", "lake"), "protocol lake is of data set 'omniglot'"),
        (lambda: fewshot.load("typefaces", "scripts", "tests"), "did you mean test"),
        (lambda: fewshot.evaluate(constant, protocol="scripts", stage="dev"), "unknown stage"),
        (lambda: fewshot.evaluate(nn.Identity(), protocol="scripts"), "expected embeddings"),
        (lambda: fewshot.train("tripled"), "did you mean triplet"),
        (lambda: fewshot.train("triplet", step=5), "did you mean steps"),
    ],
)
def test_a_wrong_request_says_what_was_expected(call, message):
    with pytest.raises(RequestError, match=message):
        call()


def test_names_that_are_not_there_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        fewshot.lode  # noqa: B018
