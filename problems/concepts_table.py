"""What is known of sick gradients: checked statements on symptoms, causes, mechanisms and remedies, with sources.

Questions are drawn from here. A statement is true of the subjects in `true_of`. Of those in `arguable_for` experts
could argue either way, and it is never shown there. Of all others it is false: there it is a wrong answer.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stem(NamedTuple):
    """How an aspect is asked for: with one right answer, and with several. Both name `{subject}`."""

    one: str
    several: str


class Statement(NamedTuple):
    """A fact; two with one meaning never stand in the same question."""

    id: str
    aspect: str
    text: str
    true_of: frozenset[str]
    meaning: str
    source: str
    arguable_for: frozenset[str] = frozenset()


MAIN_SUBJECTS = ("vanishing-gradient", "exploding-gradient", "dying-relu")
SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "vanishing-gradient": "the vanishing gradient problem",
        "exploding-gradient": "the exploding gradient problem",
        "dying-relu": "the dying ReLU problem",
        # Neighbours: they lend wrong answers, and have too few statements to be asked about.
        "saturated-output": "the saturated output problem",
        "symmetric-units": "the symmetry problem",
        "sluggish-training": "the sluggish training problem",
    }
)
ASPECTS: Mapping[str, Stem] = MappingProxyType(
    {
        "symptom": Stem(
            "Which of these is a symptom of {subject}?",
            "Which of these are symptoms of {subject}? Pick all that apply.",
        ),
        "cause": Stem(
            "Which of these is a cause of {subject}?",
            "Which of these are causes of {subject}? Pick all that apply.",
        ),
        "mechanism": Stem(
            "Which of these is part of the mechanism of {subject}?",
            "Which of these are part of the mechanism of {subject}? Pick all that apply.",
        ),
        "remedy": Stem(
            "Which of these is a remedy for {subject}?",
            "Which of these are remedies for {subject}? Pick all that apply.",
        ),
    }
)
# Some papers call a dead ReLU a kind of vanishing gradient (Lu et al. 2020, sec. 1); the lecture keeps the three apart.
NOTE = "Vanishing gradient, exploding gradient and dying ReLU are three separate problems here, as in the lecture."

V = frozenset({"vanishing-gradient"})
E = frozenset({"exploding-gradient"})
D = frozenset({"dying-relu"})
OUTPUT = frozenset({"saturated-output"})
SYMMETRY = frozenset({"symmetric-units"})
SLUGGISH = frozenset({"sluggish-training"})

BENGIO_94 = "Bengio, Simard & Frasconi (1994), Learning Long-Term Dependencies with Gradient Descent Is Difficult"
CLEVERT = "Clevert, Unterthiner & Hochreiter (2016), Fast and Accurate Deep Network Learning by ELUs, arXiv:1511.07289"
CS231N_1 = "Stanford CS231n notes, Neural Networks Part 1, https://cs231n.github.io/neural-networks-1/#actfun"
CS231N_2 = "Stanford CS231n notes, Neural Networks Part 2, https://cs231n.github.io/neural-networks-2/#init"
CS231N_3 = "Stanford CS231n notes, Neural Networks Part 3, https://cs231n.github.io/neural-networks-3/"
EISENSTEIN = "Eisenstein (2019), Introduction to Natural Language Processing, ch. 3, exercise 8"
GLOROT_10 = "Glorot & Bengio (2010), Understanding the Difficulty of Training Deep Feedforward Neural Networks"
GLOROT_11 = "Glorot, Bordes & Bengio (2011), Deep Sparse Rectifier Neural Networks"
GOODFELLOW = "Goodfellow, Bengio & Courville (2016), Deep Learning, https://www.deeplearningbook.org"
GOOGLE = "Google, Machine Learning Crash Course, Neural Networks: Training using backpropagation"
HANIN = "Hanin & Rolnick (2018), How to Start Training: The Effect of Initialization and Architecture, arXiv:1803.01719"
HE_15 = "He, Zhang, Ren & Sun (2015), Delving Deep into Rectifiers, sec. 2.2, arXiv:1502.01852"
HE_16 = "He, Zhang, Ren & Sun (2016), Identity Mappings in Deep Residual Networks, arXiv:1603.05027"
HOCHREITER = "Hochreiter (1991), Untersuchungen zu dynamischen neuronalen Netzen, diploma thesis, TU München"
HU = "Hu, Peng, Tai & Tang (2016), Network Trimming: A Data-Driven Neuron Pruning Approach, arXiv:1607.03250"
IOFFE = "Ioffe & Szegedy (2015), Batch Normalization, arXiv:1502.03167"
LE = "Le, Jaitly & Hinton (2015), A Simple Way to Initialize Recurrent Networks of ReLUs, arXiv:1504.00941"
LECUN = "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, sec. 4.6"
LSTM = "Hochreiter & Schmidhuber (1997), Long Short-Term Memory"
LU = "Lu, Shin, Su & Karniadakis (2020), Dying ReLU and Initialization, arXiv:1903.06733"
MAAS = "Maas, Hannun & Ng (2013), Rectifier Nonlinearities Improve Neural Network Acoustic Models"
NIELSEN_3 = (
    "Nielsen (2015), Neural Networks and Deep Learning, ch. 3, http://neuralnetworksanddeeplearning.com/chap3.html"
)
NIELSEN_5 = (
    "Nielsen (2015), Neural Networks and Deep Learning, ch. 5, http://neuralnetworksanddeeplearning.com/chap5.html"
)
PASCANU = "Pascanu, Mikolov & Bengio (2013), On the Difficulty of Training Recurrent Neural Networks, arXiv:1211.5063"
PRINCE = "Prince (2023), Understanding Deep Learning, https://udlbook.github.io/udlbook/"
RISTER = "Rister & Rubin (2020), Probabilistic Bounds on Neuron Death in Deep Rectifier Networks"
SAXE = "Saxe, McClelland & Ganguli (2014), Exact Solutions to the Nonlinear Dynamics of Learning, arXiv:1312.6120"
SCHMIDHUBER = "Schmidhuber (2015), Deep Learning in Neural Networks: An Overview, sec. 5.9, arXiv:1404.7828"
SOKAR = "Sokar, Agarwal, Castro & Evci (2023), The Dormant Neuron Phenomenon, arXiv:2302.12902"
SZEGEDY = "Szegedy et al. (2015), Going Deeper with Convolutions, sec. 5, arXiv:1409.4842"
ZHANG = "Zhang, Dauphin & Ma (2019), Fixup Initialization: Residual Learning Without Normalization, arXiv:1901.09321"

STATEMENTS: tuple[Statement, ...] = (
    # Symptoms
    Statement(
        "first-layers-stand-still",
        "symptom",
        "The first layers hardly change while the last layers learn at a good pace.",
        V,
        "first-layers-stand-still",
        NIELSEN_5,
    ),
    Statement(
        "norm-falls-backwards",
        "symptom",
        "The gradient's norm falls by a similar factor with every layer further back.",
        V,
        "norm-falls-backwards",
        NIELSEN_5,
    ),
    Statement(
        "first-gradients-smaller",
        "symptom",
        "First-layer gradients are a million times smaller than last-layer gradients.",
        V,
        "norm-falls-backwards",
        NIELSEN_5,
    ),
    Statement(
        "deeper-is-slower",
        "symptom",
        "With more hidden layers the network learns more slowly instead of better.",
        V,
        "deeper-is-slower",
        NIELSEN_5,
        arguable_for=E | D,
    ),
    Statement(
        "short-memory",
        "symptom",
        "A recurrent network learns from recent inputs but not from those 50 steps back.",
        V,
        "short-memory",
        BENGIO_94,
        arguable_for=E,
    ),
    Statement(
        "outputs-at-the-ends",
        "symptom",
        "Most hidden sigmoid outputs lie very close to 0 or to 1.",
        V,
        "outputs-at-the-ends",
        f"{GLOROT_10}, sec. 3",
        arguable_for=E,
    ),
    Statement(
        "spread-shrinks",
        "symptom",
        "Before training, the spread of the activations halves from layer to layer.",
        V,
        "spread-shrinks",
        f"{PRINCE}, sec. 7.5",
        arguable_for=D,
    ),
    Statement(
        "early-plateau",
        "symptom",
        "The training loss settles on a high plateau within the first epochs.",
        V,
        "early-plateau",
        f"{GLOROT_10}, sec. 3.1",
        arguable_for=E | D,
    ),
    Statement(
        "loss-is-nan",
        "symptom",
        "The training loss turns into NaN or infinity after a few updates.",
        E,
        "loss-is-nan",
        f"{GOODFELLOW}, sec. 10.11.1",
    ),
    Statement(
        "weights-run-away",
        "symptom",
        "Within a few updates the weights of all layers grow to enormous values.",
        E,
        "weights-run-away",
        f"{GOODFELLOW}, sec. 7.2",
    ),
    Statement(
        "loss-jumps",
        "symptom",
        "The training loss jumps up and down wildly from one update to the next.",
        E,
        "loss-jumps",
        PASCANU,
    ),
    Statement(
        "loss-thrown-back",
        "symptom",
        "A single update throws the training loss far above its value at the start.",
        E,
        "loss-jumps",
        f"{GOODFELLOW}, sec. 8.2.4",
    ),
    Statement(
        "first-gradients-larger",
        "symptom",
        "First-layer gradients are a thousand times larger than last-layer gradients.",
        E,
        "norm-grows-backwards",
        NIELSEN_5,
    ),
    Statement(
        "norm-spikes",
        "symptom",
        "The gradient's norm is ordinary on most batches and enormous on a few.",
        E,
        "norm-spikes",
        PASCANU,
    ),
    Statement(
        "spread-grows",
        "symptom",
        "Before training, the spread of the activations doubles from layer to layer.",
        E,
        "spread-grows",
        f"{PRINCE}, sec. 7.5",
    ),
    Statement(
        "unit-always-zero",
        "symptom",
        "One hidden unit outputs exactly 0 for every sample of the training set.",
        D,
        "silent-units",
        LU,
    ),
    Statement(
        "sums-below-zero",
        "symptom",
        "A histogram of one unit's weighted sums over all samples lies entirely below 0.",
        D,
        "silent-units",
        EISENSTEIN,
    ),
    Statement(
        "four-in-ten-inactive",
        "symptom",
        "Four in ten hidden units are active on no sample of the training set.",
        D,
        "silent-units",
        CS231N_1,
    ),
    Statement(
        "one-unit-stuck",
        "symptom",
        "One unit's weights never change while the other units of its layer learn.",
        D,
        "one-unit-stuck",
        EISENSTEIN,
    ),
    Statement(
        "unit-gradient-exactly-zero",
        "symptom",
        "The gradient with respect to one unit's weights is exactly 0 on every sample.",
        D,
        "one-unit-stuck",
        MAAS,
        arguable_for=V,
    ),
    Statement(
        "units-can-go",
        "symptom",
        "Deleting some hidden units changes the network's output on no training sample.",
        D,
        "units-can-go",
        HU,
    ),
    Statement(
        "silence-spreads",
        "symptom",
        "The share of units that never become active grows as training goes on.",
        D,
        "silence-spreads",
        SOKAR,
    ),
    Statement(
        "constant-output",
        "symptom",
        "The whole network gives one and the same output for every input.",
        D,
        "constant-output",
        LU,
        arguable_for=V | E,
    ),
    Statement(
        "worse-is-slower",
        "symptom",
        "The larger the error of the output, the more slowly the output layer learns.",
        OUTPUT,
        "worse-is-slower",
        NIELSEN_3,
        arguable_for=V,
    ),
    Statement(
        "units-agree",
        "symptom",
        "All units of a hidden layer go on computing the same nonzero value.",
        SYMMETRY,
        "units-agree",
        CS231N_2,
    ),
    Statement(
        "all-layers-slow",
        "symptom",
        "All layers learn equally slowly although their gradients have an ordinary size.",
        SLUGGISH,
        "all-layers-slow",
        CS231N_3,
    ),
    # Causes
    Statement(
        "sigmoid-layers",
        "cause",
        "All hidden layers use the sigmoid, whose slope is nowhere larger than 1/4.",
        V,
        "sigmoid-layers",
        NIELSEN_5,
    ),
    Statement(
        "tanh-layers",
        "cause",
        "All hidden layers use tanh, whose slope is below 1 everywhere but at 0.",
        V,
        "tanh-layers",
        HOCHREITER,
    ),
    Statement(
        "hidden-units-at-the-ends",
        "cause",
        "Large weights push most hidden sigmoid units far into their flat ends.",
        V,
        "hidden-units-at-the-ends",
        CS231N_1,
        arguable_for=E,
    ),
    Statement(
        "small-start",
        "cause",
        "The starting weights are far too small for the number of inputs of each layer.",
        V,
        "small-start",
        GLOROT_10,
    ),
    Statement(
        "start-at-one-hundredth",
        "cause",
        "Ten hidden layers of 500 units each start with weights of standard deviation 0.01.",
        V,
        "small-start",
        HE_15,
    ),
    Statement(
        "start-at-one-over-n",
        "cause",
        "Weights from n inputs start with standard deviation 1/n instead of 1/√n.",
        V,
        "small-start",
        LECUN,
    ),
    Statement(
        "small-recurrent-matrix",
        "cause",
        "The largest singular value of the recurrent weight matrix is only 0.5.",
        V,
        "small-recurrent-matrix",
        f"{PASCANU}, sec. 2.1",
    ),
    Statement(
        "depth",
        "cause",
        "The network has very many hidden layers between its input and its loss.",
        V | E,
        "depth",
        NIELSEN_5,
        arguable_for=D,
    ),
    Statement(
        "long-sequences",
        "cause",
        "A recurrent network is trained on sequences of many hundreds of time steps.",
        V | E,
        "long-sequences",
        f"{GOODFELLOW}, sec. 10.7",
    ),
    Statement(
        "large-start",
        "cause",
        "The starting weights of a deep ReLU network are far too large.",
        E,
        "large-weights",
        HANIN,
        arguable_for=D,
    ),
    Statement(
        "start-at-eight-over-n",
        "cause",
        "ReLU layers of n inputs start with weights of variance 8/n instead of 2/n.",
        E,
        "large-weights",
        HE_15,
        arguable_for=D,
    ),
    Statement(
        "tripling-matrices",
        "cause",
        "In a deep linear network every weight matrix triples the length of vectors.",
        E,
        "large-weights",
        SAXE,
    ),
    Statement(
        "high-learning-rate",
        "cause",
        "The learning rate is set a hundred times too high for this network.",
        E | D,
        "high-learning-rate",
        f"{GOODFELLOW}, sec. 7.2; {CS231N_1}",
        arguable_for=V,
    ),
    Statement(
        "large-recurrent-weight",
        "cause",
        "A linear recurrent state is multiplied by 1.5 at every time step.",
        E,
        "large-recurrent-weight",
        PASCANU,
    ),
    Statement(
        "residual-without-normalization",
        "cause",
        "Many residual blocks with standard starting weights are stacked and never normalized.",
        E,
        "residual-without-normalization",
        f"{ZHANG}; {PRINCE}, sec. 11.3",
    ),
    Statement(
        "flat-negative-side",
        "cause",
        "The hidden activation max(0, z) has slope 0 for every negative input.",
        D,
        "flat-negative-side",
        CS231N_1,
        arguable_for=V,
    ),
    Statement(
        "negative-bias",
        "cause",
        "A large negative bias keeps a unit's weighted sum below 0 on all samples.",
        D,
        "negative-bias",
        EISENSTEIN,
        arguable_for=V,
    ),
    Statement(
        "one-huge-update",
        "cause",
        "One huge update left a unit's weighted sum negative on all training samples.",
        D,
        "one-huge-update",
        CS231N_1,
    ),
    Statement(
        "negative-weights",
        "cause",
        "All inputs are nonnegative while a unit's weights and bias have become negative.",
        D,
        "negative-weights",
        EISENSTEIN,
    ),
    Statement(
        "deep-and-narrow",
        "cause",
        "A very deep network, two units wide, starts with random weights of mean 0.",
        D,
        "deep-and-narrow",
        LU,
        arguable_for=V | E,
    ),
    Statement(
        "confidently-wrong-output",
        "cause",
        "The sigmoid output starts near 1 for a target of 0 under squared error.",
        OUTPUT,
        "confidently-wrong-output",
        NIELSEN_3,
        arguable_for=V,
    ),
    Statement(
        "equal-start",
        "cause",
        "All units of a hidden layer start with the same nonzero weights and bias.",
        SYMMETRY,
        "equal-start",
        f"{GOODFELLOW}, sec. 8.4",
    ),
    Statement(
        "low-learning-rate",
        "cause",
        "The learning rate is set a thousand times too low for this network.",
        SLUGGISH,
        "low-learning-rate",
        CS231N_3,
    ),
    # Mechanisms
    Statement(
        "factor-below-one",
        "mechanism",
        "On its way back the gradient is multiplied by a factor below 1 per layer.",
        V,
        "product-falls",
        NIELSEN_5,
        arguable_for=D,  # 0 is below 1
    ),
    Statement(
        "ten-sigmoid-slopes",
        "mechanism",
        "Ten slopes of the sigmoid, multiplied together, are at most about one millionth.",
        V,
        "product-falls",
        NIELSEN_5,
    ),
    Statement(
        "exponential-fall",
        "mechanism",
        "The gradient's size falls exponentially with the number of layers it crosses.",
        V,
        "product-falls",
        HOCHREITER,
    ),
    Statement(
        "sigmoid-slope",
        "mechanism",
        "The slope of the sigmoid is 1/4 at an input of 0 and smaller at every other input.",
        V,
        "sigmoid-slope",
        NIELSEN_5,
    ),
    Statement(
        "flat-tails",
        "mechanism",
        "Far from an input of 0 the tanh curve is almost flat and lets little error through.",
        V,
        "flat-tails",
        CS231N_1,
    ),
    Statement(
        "recurrent-factor-half",
        "mechanism",
        "In a linear recurrence the weight 0.5 multiplies the gradient anew at every step.",
        V,
        "recurrent-product-falls",
        f"{PASCANU}, sec. 2.1",
    ),
    Statement(
        "variance-falls",
        "mechanism",
        "In linear layers of width n with n·Var(w) below 1 the gradient's variance falls.",
        V,
        "variance-falls",
        f"{GLOROT_10}, sec. 4.2",
    ),
    Statement(
        "small-gradient-small-update",
        "mechanism",
        "A gradient close to 0 gives an update close to 0, however large the loss is.",
        V,
        "small-gradient-small-update",
        HOCHREITER,
        arguable_for=D,
    ),
    Statement(
        "factor-above-one",
        "mechanism",
        "On its way back the gradient is multiplied by a factor above 1 per layer.",
        E,
        "product-grows",
        NIELSEN_5,
    ),
    Statement(
        "three-weights-of-three",
        "mechanism",
        "Three layers, each of weight 3 and slope 1, multiply the gradient by 27.",
        E,
        "product-grows",
        NIELSEN_5,
    ),
    Statement(
        "exponential-growth",
        "mechanism",
        "The gradient's size grows exponentially with the number of layers it crosses.",
        E,
        "product-grows",
        HOCHREITER,
    ),
    Statement(
        "recurrent-factor-above-one",
        "mechanism",
        "In a linear recurrence the weight 1.5 multiplies the gradient anew at every step.",
        E,
        "recurrent-product-grows",
        f"{PASCANU}, sec. 2.1",
    ),
    Statement(
        "variance-grows",
        "mechanism",
        "In linear layers of width n with n·Var(w) above 1 the gradient's variance grows.",
        E,
        "variance-grows",
        f"{GLOROT_10}, sec. 4.2",
    ),
    Statement(
        "cliff",
        "mechanism",
        "At a cliff of the loss surface one gradient step throws the weights very far.",
        E,
        "cliff",
        f"{GOODFELLOW}, sec. 8.2.4",
        arguable_for=D,
    ),
    Statement(
        "feedback-loop",
        "mechanism",
        "Large weights make large gradients, whose updates make the weights larger still.",
        E,
        "feedback-loop",
        f"{GOODFELLOW}, sec. 7.2",
        arguable_for=D,
    ),
    Statement(
        "nothing-damps",
        "mechanism",
        "Active ReLUs have slope 1, so nothing damps what large weights amplify.",
        E,
        "nothing-damps",
        LE,
    ),
    Statement(
        "zero-side",
        "mechanism",
        "For a negative weighted sum both the output and its slope are exactly 0.",
        D,
        "zero-side",
        CS231N_1,
        arguable_for=V,
    ),
    Statement(
        "error-times-zero",
        "mechanism",
        "The error that arrives at the unit is multiplied by 0 on every sample.",
        D,
        "zero-side",
        MAAS,
        arguable_for=V,
    ),
    Statement(
        "no-way-back",
        "mechanism",
        "A unit silent on every sample gets no gradient that could bring it back.",
        D,
        "no-way-back",
        CS231N_1,
    ),
    Statement(
        "boundary-crosses-data",
        "mechanism",
        "An update moves the unit's boundary until all samples lie on its zero side.",
        D,
        "boundary-crosses-data",
        CS231N_1,
    ),
    Statement(
        "outgoing-weights-idle",
        "mechanism",
        "Since the unit outputs 0, its outgoing weights receive a gradient of 0 too.",
        D,
        "outgoing-weights-idle",
        f"{GOODFELLOW}, sec. 6.5",
        arguable_for=V,
    ),
    Statement(
        "bias-outweighs-inputs",
        "mechanism",
        "The negative bias outweighs the largest weighted input that the data can give.",
        D,
        "bias-outweighs-inputs",
        EISENSTEIN,
        arguable_for=V,
    ),
    Statement(
        "layer-switched-off",
        "mechanism",
        "Once all units of one layer output 0, no error reaches the layers below.",
        D,
        "layer-switched-off",
        LU,
        arguable_for=V,
    ),
    Statement(
        "output-slope-in-gradient",
        "mechanism",
        "The gradient at the output holds a factor a·(1 − a), tiny for a near 1.",
        OUTPUT,
        "output-slope-in-gradient",
        NIELSEN_3,
        arguable_for=V,
    ),
    Statement(
        "equal-gradients",
        "mechanism",
        "Equal units of a layer receive equal gradients, so every update keeps them equal.",
        SYMMETRY,
        "equal-gradients",
        CS231N_2,
    ),
    Statement(
        "ordinary-gradient-small-step",
        "mechanism",
        "Each update multiplies a gradient of ordinary size by a rate close to 0.",
        SLUGGISH,
        "ordinary-gradient-small-step",
        CS231N_3,
    ),
    # Remedies
    Statement(
        "relu-for-sigmoid",
        "remedy",
        "Use ReLU in place of the sigmoid in all hidden layers.",
        V,
        "relu-for-sigmoid",
        f"{GLOROT_11}; {GOOGLE}",
    ),
    Statement(
        "leaky",
        "remedy",
        "Use hidden activations with slope 1 for positive and 0.01 for negative inputs.",
        V | D,
        "leaky",
        MAAS,
    ),
    Statement(
        "learned-slope",
        "remedy",
        "Let the network learn the slope of its hidden activation for negative inputs.",
        D,
        "learned-slope",
        f"{HE_15}; {CS231N_1}",
        arguable_for=V,
    ),
    Statement(
        "elu",
        "remedy",
        "Use hidden activations that are z for positive z and e^z − 1 for negative z.",
        V | D,
        "elu",
        CLEVERT,
    ),
    Statement(
        "he-start",
        "remedy",
        "Start ReLU layers of n inputs with random weights of variance 2/n.",
        V | E,
        "he-start",
        HE_15,
        arguable_for=D,
    ),
    Statement(
        "xavier-start",
        "remedy",
        "Start tanh layers with random weights of variance 2/(inputs + outputs).",
        V | E,
        "tanh-start",
        GLOROT_10,
    ),
    Statement(
        "lecun-start",
        "remedy",
        "Start tanh layers of n inputs with random weights of standard deviation 1/√n.",
        V | E,
        "tanh-start",
        LECUN,
    ),
    Statement(
        "batch-norm",
        "remedy",
        "Normalize each layer's weighted sums over the mini-batch before the activation.",
        V | E | D,
        "batch-norm",
        f"{IOFFE}; {GOOGLE}; {RISTER}",
    ),
    Statement(
        "shortcuts",
        "remedy",
        "Add shortcuts that carry the input of each block unchanged to its output.",
        V,
        "shortcuts",
        HE_16,
        arguable_for=E | D,
    ),
    Statement(
        "gated-cells",
        "remedy",
        "Replace the tanh units of a recurrent network by gated LSTM cells.",
        V,
        "gated-cells",
        LSTM,
        arguable_for=E,
    ),
    Statement(
        "orthogonal-recurrence",
        "remedy",
        "Start the recurrent weight matrix as an orthogonal one, which keeps lengths.",
        V | E,
        "orthogonal-recurrence",
        SAXE,
    ),
    Statement(
        "pretraining",
        "remedy",
        "Pretrain the layers one by one without labels before training them together.",
        V,
        "pretraining",
        SCHMIDHUBER,
        arguable_for=E | D,
    ),
    Statement(
        "extra-classifiers",
        "remedy",
        "Attach extra classifiers to middle layers, so that error enters there as well.",
        V,
        "extra-classifiers",
        SZEGEDY,
    ),
    Statement(
        "fewer-layers",
        "remedy",
        "Use fewer hidden layers between the input and the loss.",
        V | E,
        "fewer-layers",
        NIELSEN_5,
        arguable_for=D,
    ),
    Statement(
        "steady-norm-penalty",
        "remedy",
        "Penalize a recurrent network whose gradient's norm changes from step to step.",
        V,
        "steady-norm-penalty",
        f"{PASCANU}, sec. 3.3",
        arguable_for=E,
    ),
    Statement(
        "clip-norm",
        "remedy",
        "Scale the whole gradient down whenever its norm exceeds a fixed threshold.",
        E,
        "clip-norm",
        PASCANU,
        arguable_for=D,
    ),
    Statement(
        "clip-value",
        "remedy",
        "Cut every entry of the gradient to the range from −1 to 1 before each update.",
        E,
        "clip-value",
        f"{GOODFELLOW}, sec. 10.11.1",
        arguable_for=D,
    ),
    Statement(
        "lower-learning-rate",
        "remedy",
        "Lower the learning rate of all layers to one tenth of what it has been.",
        E | D,
        "lower-learning-rate",
        f"{GOOGLE}; {CS231N_1}",
    ),
    Statement(
        "recurrent-weight-penalty",
        "remedy",
        "Add a penalty on the squares of the recurrent weights to the training loss.",
        E,
        "recurrent-weight-penalty",
        f"{PASCANU}, sec. 3.1",
    ),
    Statement(
        "bounded-singular-values",
        "remedy",
        "Scale each weight matrix down until its largest singular value is at most 1.",
        E,
        "bounded-weights",
        f"{PASCANU}, sec. 2.1",
    ),
    Statement(
        "bounded-weight-vectors",
        "remedy",
        "After each update shorten every weight vector that is longer than a fixed limit.",
        E,
        "bounded-weights",
        f"{GOODFELLOW}, sec. 7.2",
        arguable_for=V | D,
    ),
    Statement(
        "smaller-start",
        "remedy",
        "Start a deep ReLU network with random weights of a much smaller variance.",
        E,
        "smaller-start",
        HANIN,
        arguable_for=D,
    ),
    Statement(
        "positive-biases",
        "remedy",
        "Start the biases of a multilayer perceptron at a small positive value such as 0.1.",
        D,
        "positive-biases",
        f"{GOODFELLOW}, sec. 6.3.1",
    ),
    Statement(
        "asymmetric-start",
        "remedy",
        "Draw one starting weight or bias of each unit from positive values only.",
        D,
        "asymmetric-start",
        LU,
    ),
    Statement(
        "recycled-units",
        "remedy",
        "Give units that are inactive on all data new random weights during training.",
        D,
        "recycled-units",
        SOKAR,
    ),
    Statement(
        "softplus",
        "remedy",
        "Use log(1 + e^z), whose slope is above 0 everywhere, in all hidden layers.",
        D,
        "softplus",
        GLOROT_11,
        arguable_for=V,
    ),
    Statement(
        "maxout",
        "remedy",
        "Let each hidden unit output the largest of several learned weighted sums.",
        D,
        "maxout",
        CS231N_1,
        arguable_for=V,
    ),
    Statement(
        "wider-layers",
        "remedy",
        "Give every layer of a deep and narrow network many more units.",
        D,
        "wider-layers",
        f"{LU}; {RISTER}",
        arguable_for=V | E,
    ),
    Statement(
        "cross-entropy-output",
        "remedy",
        "Pair the sigmoid output with cross-entropy in place of the squared error.",
        OUTPUT,
        "cross-entropy-output",
        NIELSEN_3,
        arguable_for=V,
    ),
    Statement(
        "noise-on-equal-weights",
        "remedy",
        "Add small random noise to starting weights that are all equal within a layer.",
        SYMMETRY,
        "noise-on-equal-weights",
        f"{GOODFELLOW}, sec. 8.4",
    ),
    Statement(
        "higher-learning-rate",
        "remedy",
        "Raise the learning rate of all layers to a hundred times what it has been.",
        SLUGGISH,
        "higher-learning-rate",
        CS231N_3,
        arguable_for=V,
    ),
)


def keys(subject: str, aspect: str) -> tuple[Statement, ...]:
    """The statements of that aspect that are true of the subject, in the order of the table."""
    return tuple(each for each in STATEMENTS if each.aspect == aspect and subject in each.true_of)


def distractors(subject: str, aspect: str) -> tuple[Statement, ...]:
    """The statements of that aspect that are true of a neighbour, and beyond dispute not of the subject."""
    return tuple(
        each for each in STATEMENTS if each.aspect == aspect and subject not in each.true_of | each.arguable_for
    )
