"""Float32 means float32, and the same work gives the same numbers, on a GPU too."""

import torch


def settle(*, threads: int) -> None:
    """Compute on ``threads`` threads, without TF32 and with cuDNN's repeatable kernels, from here on.

    TF32, cuDNN's default, rounds to ten bits: a boundary computed in batches of another size, or a model
    served on a CPU, would not say the same. Where speed is worth less precision, bfloat16 is rehearsed.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
