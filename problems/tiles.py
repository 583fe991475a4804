"""A tape of instructions on rows of numbers, run a tile at a time and compiled: no instruction leaves the processor.

A row is one number of every instance. A tile is so short that all rows of it stay in the processor's own memory. The
formulas are those of the exact reading, entry by entry: nothing saturates, and sums that cancel to less than their own
rounding are 0.
"""

from __future__ import annotations

from enum import IntEnum, auto, unique
from functools import partial
from math import copysign, factorial, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numba.np.numpy_support import carray
from numpy.polynomial import Chebyshev, Polynomial

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TILE = 1024
"""Instances in a tile."""
ITEM = np.dtype(np.float64).itemsize
LINE = 8
"""Numbers that fill a line of the processor's own memory."""


@unique
class Kernel(IntEnum):
    """What an instruction does with the rows a and b, or a, b, f and g; where it has two results, the second is e."""

    STORE = auto()  # a b into d, past the processor's own memory: d is a result that is not read here
    CHECK = auto()  # how many numbers of a are beyond those of b in size, or are none, is counted; d is read next
    SIZE = auto()
    ROOT = auto()
    MUL = auto()
    DIV = auto()
    ADD = auto()
    SUB = auto()
    LARGER = auto()
    SMALLER = auto()
    SUM = auto()  # a + b, and the sum of their sizes into e: may go on, is to be settled
    SUM_MORE = auto()  # a is added to d, its size to e
    PRODUCTS = auto()  # a b + f g, and the sum of their sizes into e: may go on, is to be settled
    PRODUCTS_MORE = auto()  # a b + f g is added to d, their sizes to e
    SETTLE = auto()  # d becomes 0 where it is but the rounding of terms with the sizes e
    SIGMOID = auto()  # of a, its slope into e
    TANH = auto()
    RELU = auto()
    LEAKY_RELU = auto()  # of a with α in b, its slope into e
    ELU = auto()
    SIGMOID_ERROR = auto()  # σ(a) - b
    TANH_ERROR = auto()
    ERROR = auto()  # a - b, settled as a squared error is
    GROWTH = auto()  # of |a| against |b|
    DEAD = auto()


# ln 2 in two parts, the first with so few digits that whole multiples of it are exact; adding the third rounds to a
# whole number. Beyond the fourth, e^z is 0 or infinite.
_LN2, _LN2_REST, _WHOLE, _BEYOND = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 6755399441055744.0, 1000.0
_PER_LN2 = 1.4426950408889634
_NEARER_TO_ONE = 0.5
"""From here on, tanh is told by what it lacks to 1."""


def _series() -> tuple[float, ...]:
    """(e^r - 1 - r)/r² for |r| <= ln 2/2, the highest power first; by Chebyshev's points, to less than 1e-16."""

    def by_taylor(r: NDArray[np.float64]) -> Any:  # noqa: ANN401 - an array
        return sum(r**n / factorial(n + 2) for n in range(20))

    bound = _LN2 / 2
    found = Chebyshev.interpolate(by_taylor, 9, [-bound, bound]).convert(kind=Polynomial)
    return tuple(map(float, reversed(found.coef)))


_SERIES = _series()


def _built_in(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - it is called without its first argument
    """A function that the compiler builds in: what is decorated writes its code."""
    return intrinsic(function)


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - of Numba's making
    """What the compiler makes of it, kept for later processes where there is a folder to keep it in."""
    compile_it = partial(njit, nogil=True, error_model="numpy", fastmath={"contract"})
    try:
        return compile_it(cache=True)(function)
    except RuntimeError as no_folder:
        if "no locator available" not in str(no_folder):
            raise
        return compile_it()(function)


@_built_in
def _from_bits(_context: Any, _bits: Any) -> Any:  # noqa: ANN401 - of Numba's making
    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.bitcast(args[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@_built_in
def _pointer(_context: Any, _address: Any) -> Any:  # noqa: ANN401 - of Numba's making
    kind: Any = types.CPointer(types.float64)  # type: ignore[no-untyped-call]

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.inttoptr(args[0], context.get_value_type(kind))

    return kind(types.int64), generate


@_built_in
def _store_line(_context: Any, _to: Any, _left: Any, _right: Any) -> Any:  # noqa: ANN401 - of Numba's making
    """LINE products, past the processor's own memory; the address where they go is a multiple of their size."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        line = ir.VectorType(ir.DoubleType(), LINE)
        to, *factors = (builder.inttoptr(arg, line.as_pointer()) for arg in args)
        product = builder.fmul(*(builder.load(factor, align=ITEM) for factor in factors))
        store = builder.store(product, to, align=LINE * ITEM)
        store.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(ir.IntType(32), 1)]))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@_built_in
def _prefetch(_context: Any, _address: Any) -> Any:  # noqa: ANN401 - of Numba's making
    """Ask for the line at the address, to be read, for the second level of the processor's memory."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = builder.module.globals.get("llvm.prefetch") or ir.Function(builder.module, kind, "llvm.prefetch")
        builder.call(prefetch, [builder.inttoptr(args[0], pointer), *(ir.Constant(number, one) for one in (0, 2, 1))])
        return context.get_dummy_value()

    return types.void(types.int64), generate


_inlined = njit(inline="always", error_model="numpy")
_Pair = tuple[float, float]


@_inlined
def _power_of_two(k: float) -> float:
    power: float = _from_bits((np.int64(k) + 1023) << 52)
    return power


@_inlined
def _exp(z: float) -> _Pair:
    """e^z, and e^z - 1, for z <= 0: by a series of e^r, where z = k ln 2 + r.

    2^k is taken in two factors, so that e^z also is what float64 has where it has fewer digits, below 2^-1022.
    """
    z = max(z, -_BEYOND)
    k = (z * _PER_LN2 + _WHOLE) - _WHOLE
    r = (z - k * _LN2) - k * _LN2_REST
    series = 0.0
    for coefficient in _SERIES:
        series = series * r + coefficient
    less_one = r + r * r * series
    whole = max(k, -1021.0)
    power, rest = _power_of_two(whole), _power_of_two(k - whole)
    scaled = power * less_one
    return (power + scaled) * rest, (power - 1.0) + scaled


@_inlined
def _settled(total: float, size: float, rounding: float) -> float:
    return 0.0 if abs(total) <= rounding * size else total


@_inlined
def _sigmoid(z: float) -> _Pair:
    """σ(z), its slope."""
    t, _ = _exp(-abs(z))
    r = 1.0 / (1.0 + t)
    small = t * r
    return (r if z >= 0.0 else small), small * r


@_inlined
def _tanh(z: float) -> _Pair:
    """The hyperbolic tangent, its slope."""
    t, t_less_one = _exp(-2.0 * abs(z))
    r = 1.0 / (1.0 + t)
    return copysign(t_less_one * r, z), 4.0 * t * r * r


@_inlined
def _elu(z: float, alpha: float) -> _Pair:
    """Z or α(e^z - 1), its slope."""
    t, t_less_one = _exp(min(0.0, z))
    return (z if z > 0.0 else alpha * t_less_one), (1.0 if z > 0.0 else alpha * t)


@_inlined
def _sigmoid_error(z: float, y: float) -> float:
    t, _ = _exp(-abs(z))
    small = t / (1.0 + t)
    return (1.0 - y) - small if z > 0.0 else small - y


@_inlined
def _tanh_error(z: float, y: float) -> float:
    t, t_less_one = _exp(-2.0 * abs(z))
    r = 1.0 / (1.0 + t)
    missing = 2.0 * t * r
    if z > _NEARER_TO_ONE:
        return (1.0 - y) - missing
    return missing - (1.0 + y) if z < -_NEARER_TO_ONE else copysign(t_less_one * r, z) - y


@_inlined
def _growth(size: float, reference: float) -> float:
    if size > 10.0 * reference:
        return 2.0
    return 1.0 if size >= 0.1 * reference else 0.0


@_inlined
def _at(row: int, addresses: NDArray[np.int64], strides: NDArray[np.int64], start: int) -> int:
    address: int = addresses[row] + start * strides[row]
    return address


@_inlined
def _row(
    row: int, addresses: NDArray[np.int64], strides: NDArray[np.int64], start: int, count: int
) -> NDArray[np.float64]:
    return carray(_pointer(_at(row, addresses, strides, start)), (count,))


@_inlined
def _store(to: int, left: NDArray[np.float64], right: NDArray[np.float64], count: int) -> None:
    """The products: line by line, and what is ahead of the first whole line and behind the last one by one."""
    ahead = min(count, (-to % (LINE * ITEM)) // ITEM)
    whole = ahead + (count - ahead) // LINE * LINE
    target = carray(_pointer(to), (count,))
    for i in range(ahead):
        target[i] = left[i] * right[i]
    for i in range(ahead, whole, LINE):
        _store_line(to + ITEM * i, left.ctypes.data + ITEM * i, right.ctypes.data + ITEM * i)
    for i in range(whole, count):
        target[i] = left[i] * right[i]


@_inlined
def _ask_for(address: int, count: int) -> None:
    """What is read next is on its way while this is worked on."""
    for i in range(0, count, LINE):
        _prefetch(address + ITEM * i)


@compiled
def put_addresses(rows: NDArray[np.float64], into: NDArray[np.int64], place: int) -> None:
    """Write where the rows are, from this place on."""
    for row in range(rows.shape[0]):
        into[place + row] = rows.ctypes.data + row * rows.strides[0]


@compiled
def run(  # noqa: C901, PLR0912, PLR0915 - a branch for every kernel: of each the compiler makes a loop
    tape: NDArray[np.int64],
    addresses: NDArray[np.int64],
    strides: NDArray[np.int64],
    count: int,
    rounding: float,
) -> int:
    """Carry out instructions (kernel, d, e, a, b, f, g) for `count` instances; returns how many numbers failed a check.

    A row is where `addresses` says; from one instance to the next it goes on by its stride: eight bytes, or none, which
    means that every tile uses the same TILE numbers. Rows are either one and the same or do not overlap. A sum is 0
    where it is at most `rounding` times the sizes of its terms.
    """
    beyond = 0
    for start in range(0, count, TILE):
        n = min(TILE, count - start)
        for place in range(tape.shape[0]):
            kernel = tape[place, 0]
            d = _row(tape[place, 1], addresses, strides, start, n)
            e = _row(tape[place, 2], addresses, strides, start, n)
            a = _row(tape[place, 3], addresses, strides, start, n)
            b = _row(tape[place, 4], addresses, strides, start, n)
            f = _row(tape[place, 5], addresses, strides, start, n)
            g = _row(tape[place, 6], addresses, strides, start, n)
            if kernel == Kernel.MUL:
                for i in range(n):
                    d[i] = a[i] * b[i]
            elif kernel == Kernel.PRODUCTS:
                for i in range(n):
                    d[i] = a[i] * b[i] + f[i] * g[i]
                    e[i] = abs(a[i] * b[i]) + abs(f[i] * g[i])
            elif kernel == Kernel.PRODUCTS_MORE:
                for i in range(n):
                    d[i] += a[i] * b[i] + f[i] * g[i]
                    e[i] += abs(a[i] * b[i]) + abs(f[i] * g[i])
            elif kernel == Kernel.SUM:
                for i in range(n):
                    d[i] = a[i] + b[i]
                    e[i] = abs(a[i]) + abs(b[i])
            elif kernel == Kernel.SUM_MORE:
                for i in range(n):
                    d[i] += a[i]
                    e[i] += abs(a[i])
            elif kernel == Kernel.SETTLE:
                for i in range(n):
                    d[i] = _settled(d[i], e[i], rounding)
            elif kernel == Kernel.ADD:
                for i in range(n):
                    d[i] = _settled(a[i] + b[i], abs(a[i]) + abs(b[i]), rounding)
            elif kernel == Kernel.SUB:
                for i in range(n):
                    d[i] = _settled(a[i] - b[i], abs(a[i]) + abs(b[i]), rounding)
            elif kernel == Kernel.ERROR:
                for i in range(n):
                    d[i] = _settled(a[i] - b[i], abs(a[i]) + abs(b[i]), rounding / 8.0)
            elif kernel == Kernel.DIV:
                for i in range(n):
                    d[i] = a[i] / b[i]
            elif kernel == Kernel.STORE:
                _store(_at(tape[place, 1], addresses, strides, start), a, b, n)
            elif kernel == Kernel.CHECK:
                _ask_for(_at(tape[place, 1], addresses, strides, start), n)
                for i in range(n):
                    beyond += 0 if abs(a[i]) <= b[i] else 1
            elif kernel == Kernel.SIZE:
                for i in range(n):
                    d[i] = abs(a[i])
            elif kernel == Kernel.ROOT:
                for i in range(n):
                    d[i] = sqrt(a[i])
            elif kernel == Kernel.LARGER:
                for i in range(n):
                    d[i] = max(a[i], b[i])
            elif kernel == Kernel.SMALLER:
                for i in range(n):
                    d[i] = min(a[i], b[i])
            elif kernel == Kernel.SIGMOID:
                for i in range(n):
                    d[i], e[i] = _sigmoid(a[i])
            elif kernel == Kernel.TANH:
                for i in range(n):
                    d[i], e[i] = _tanh(a[i])
            elif kernel == Kernel.RELU:
                for i in range(n):
                    e[i] = 1.0 if a[i] > 0.0 else 0.0
                    d[i] = max(0.0, a[i])
            elif kernel == Kernel.LEAKY_RELU:
                for i in range(n):
                    e[i] = 1.0 if a[i] > 0.0 else b[i]
                    d[i] = a[i] if a[i] > 0.0 else b[i] * a[i]
            elif kernel == Kernel.ELU:
                for i in range(n):
                    d[i], e[i] = _elu(a[i], b[i])
            elif kernel == Kernel.SIGMOID_ERROR:
                for i in range(n):
                    d[i] = _sigmoid_error(a[i], b[i])
            elif kernel == Kernel.TANH_ERROR:
                for i in range(n):
                    d[i] = _tanh_error(a[i], b[i])
            elif kernel == Kernel.GROWTH:
                for i in range(n):
                    d[i] = _growth(abs(a[i]), abs(b[i]))
            elif kernel == Kernel.DEAD:
                for i in range(n):
                    d[i] = 0.0 if a[i] > 0.0 else 1.0
    return beyond
