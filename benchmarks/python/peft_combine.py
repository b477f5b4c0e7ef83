"""Combine LoRA adapters with PEFT and write the adapters and what came of them, for the tests of ours.

usage: peft_combine.py OUT.safetensors
Only what knows no chance: dropping at random is left out by a density of 1. All numbers are fp32.

ADAPTER.SITE.a [rank, in], .b [out, rank], .scale []   an adapter, by its number
case.NAME.adapters [n], .weights [n], .density [], .rank [] (0: PEFT's own choice)   what is combined
case.NAME.SITE [out, in]   the update that came of it
A case is named by its combination type and, behind a dash, by what is particular about it.
"""
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

SITES = {"model.layers.0.self_attn.k_proj": (16, 32), "model.layers.0.mlp.down_proj": (32, 48)}
BOTH = ["k_proj", "down_proj"]
# The first adapter of a case must not be rank-stabilized: PEFT gives its kind of scale to the result too.
ADAPTERS = [
    LoraConfig(r=4, lora_alpha=8, target_modules=BOTH),
    LoraConfig(r=4, lora_alpha=4, use_rslora=True, target_modules=BOTH),
    LoraConfig(r=4, lora_alpha=6, target_modules=BOTH),
    LoraConfig(r=2, lora_alpha=6, target_modules=["down_proj"]),
    LoraConfig(r=6, lora_alpha=6, rank_pattern={"k_proj": 3}, target_modules=BOTH),
]
# name, adapters, weights, density, rank
CASES = [
    ("linear", [0, 1], [0.7, 0.4], 1.0, 0),
    ("linear-negative", [0, 1, 2], [0.7, -0.4, 0.5], 1.0, 0),
    ("cat", [0, 1, 3, 4], [0.7, -0.4, 0.5, 0.3], 1.0, 0),
    ("svd", [0, 3, 4], [0.7, -0.4, 0.5], 1.0, 0),
    ("svd-rank", [0, 1], [0.7, 0.4], 1.0, 3),
    ("ties", [0, 1, 2], [0.7, 0.4, 0.5], 0.5, 0),
    ("ties-negative", [0, 1, 2], [0.7, -0.4, 0.5], 0.3, 0),
    ("ties-whole", [0, 1], [1.0, 1.0], 1.0, 0),
    ("ties_svd", [0, 3, 4], [0.7, -0.4, 0.5], 0.3, 5),
    ("dare_linear-whole", [0, 1], [0.7, -0.4], 1.0, 0),
    ("dare_linear_svd-whole", [0, 4], [0.7, 0.4], 1.0, 0),
    ("dare_ties-whole", [0, 1, 2], [0.7, 0.4, 0.5], 1.0, 0),
    ("dare_ties_svd-whole", [0, 1, 3], [0.7, 0.4, 0.5], 1.0, 0),
    ("magnitude_prune", [0, 1], [0.7, -0.4], 0.37, 0),
    ("magnitude_prune_svd", [0, 4], [0.7, 0.4], 0.37, 0),
]


def base():
    root = torch.nn.Module()
    for path, (rows, columns) in SITES.items():
        module = root
        *parents, last = path.split(".")
        for name in parents:
            if not hasattr(module, name):
                module.add_module(name, torch.nn.Module())
            module = getattr(module, name)
        module.add_module(last, torch.nn.Linear(columns, rows, bias=False))
    return root


random = torch.Generator().manual_seed(20)
model = get_peft_model(base(), ADAPTERS[0], "0")
for number, config in enumerate(ADAPTERS[1:], 1):
    model.add_adapter(str(number), config)
tensors = {}
for site in SITES:
    layer = model.base_model.model.get_submodule(site)
    for number in sorted(layer.lora_A, key=int):
        for name, factors in (("a", layer.lora_A), ("b", layer.lora_B)):
            values = factors[number].weight.data
            values.copy_(0.3 * torch.randn(values.shape, generator=random))
            tensors[f"{number}.{site}.{name}"] = values.clone()
        tensors[f"{number}.{site}.scale"] = torch.tensor(layer.scaling[number])
for name, adapters, weights, density, rank in CASES:
    model.base_model.add_weighted_adapter(
        [str(number) for number in adapters],
        weights,
        name,
        combination_type=name.split("-")[0],
        svd_rank=rank or None,
        density=density,
    )
    tensors[f"case.{name}.adapters"] = torch.tensor(adapters)
    tensors[f"case.{name}.weights"] = torch.tensor(weights, dtype=torch.float64)
    tensors[f"case.{name}.density"] = torch.tensor(density, dtype=torch.float64)
    tensors[f"case.{name}.rank"] = torch.tensor(rank)
    for site in SITES:
        layer = model.base_model.model.get_submodule(site)
        tensors[f"case.{name}.{site}"] = layer.get_delta_weight(name).detach().contiguous()
save_file(tensors, sys.argv[1])
