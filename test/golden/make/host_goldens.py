"""Reference numbers for the parts of training that run on the host: schedules and optimizers, from their originals."""

import json

import torch
from transformers.optimization import (
    get_constant_schedule_with_warmup,
    get_cosine_schedule_with_warmup,
    get_cosine_with_min_lr_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)


def table(make, steps):
    """The lr of updates 0 … steps−1 at a peak of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer)
    lrs = []
    for _ in range(steps):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return lrs


def schedules():
    return [
        {"kind": "linear", "warmupSteps": 2, "scheduleSteps": 20, "finalRatio": 0, "lrs": table(lambda o: get_linear_schedule_with_warmup(o, 2, 20), 22)},
        {"kind": "linear", "warmupSteps": 0, "scheduleSteps": 7, "finalRatio": 0, "lrs": table(lambda o: get_linear_schedule_with_warmup(o, 0, 7), 8)},
        {"kind": "cosine", "warmupSteps": 3, "scheduleSteps": 17, "finalRatio": 0, "lrs": table(lambda o: get_cosine_schedule_with_warmup(o, 3, 17), 17)},
        {"kind": "cosine", "warmupSteps": 3, "scheduleSteps": 17, "finalRatio": 0.1, "lrs": table(lambda o: get_cosine_with_min_lr_schedule_with_warmup(o, 3, 17, min_lr_rate=0.1), 17)},
        {"kind": "constant", "warmupSteps": 4, "scheduleSteps": 9, "finalRatio": 0, "lrs": table(lambda o: get_constant_schedule_with_warmup(o, 4), 12)},
    ]


def optimizers():
    """Twelve steps on two small tensors with gradients of very different sizes, clipped to 1, float32 as in training."""
    cases = []
    for kind, options in [
        ("rmsprop", {}),
        ("rmsprop", {"weight_decay": 0.1, "alpha": 0.9}),
        ("adamw", {"weight_decay": 0.0}),
        ("adamw", {"weight_decay": 0.1, "betas": (0.8, 0.95)}),
    ]:
        generator = torch.Generator().manual_seed(5)
        parameters = [torch.nn.Parameter(torch.randn(n, generator=generator)) for n in (5, 3)]
        start = [p.tolist() for p in parameters]
        optimizer = (torch.optim.RMSprop if kind == "rmsprop" else torch.optim.AdamW)(parameters, lr=1e-2, **options)
        grads, norms, after = [], [], []
        for step in range(12):
            for index, parameter in enumerate(parameters):
                scale = 10.0 ** (index * 2 - 2 + step % 3)
                parameter.grad = scale * torch.randn(parameter.shape, generator=generator)
            grads.append([p.grad.tolist() for p in parameters])
            norms.append(torch.nn.utils.clip_grad_norm_(parameters, 1.0).item())
            optimizer.step()
            after.append([p.tolist() for p in parameters])
        cases.append({"kind": kind, "options": options, "lr": 1e-2, "start": start, "grads": grads, "norms": norms, "after": after})
    return cases


def write(path, versions):
    document = {"versions": versions, "schedules": schedules(), "optimizers": optimizers()}
    path.write_text(json.dumps(document) + "\n")
