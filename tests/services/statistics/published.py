"""Data whose statistics are published: the numbers, and what was found of them."""

# Five items of section 6 of the Law School Admission Test, 1000 candidates (Bock & Lieberman 1970, Psychometrika 35,
# 179): how many gave each pattern of answers, from 00000 and 00001 to 11111. The measures are those that the R package
# ltm shows for these data (descript(LSAT); Rizopoulos 2006, J. Stat. Softw. 17(5)).
LSAT_FREQUENCIES = (
    *(3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15),
    *(10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298),
)
LSAT = [
    [int(answer) for answer in f"{pattern:05b}"] for pattern, count in enumerate(LSAT_FREQUENCIES) for _ in range(count)
]
LSAT_FACILITIES = (0.924, 0.709, 0.553, 0.763, 0.870)
LSAT_TOTALS = (3, 20, 85, 237, 357, 298)
LSAT_ALPHA = 0.2950
LSAT_ALPHA_WITHOUT = (0.2754, 0.2376, 0.2168, 0.2459, 0.2663)
LSAT_ITEM_TOTAL = (0.3618, 0.5665, 0.6181, 0.5342, 0.4351)
LSAT_ITEM_REST = (0.1128, 0.1531, 0.1727, 0.1444, 0.1215)

# What 30 departments think of their supervisors, in percent (Chatterjee & Price 1977; R's data set `attitude`). The
# measures are those of the R package psych for these data (alpha(attitude); Revelle): two decimals.
ATTITUDE = (
    (43, 51, 30, 39, 61, 92, 45),
    (63, 64, 51, 54, 63, 73, 47),
    (71, 70, 68, 69, 76, 86, 48),
    (61, 63, 45, 47, 54, 84, 35),
    (81, 78, 56, 66, 71, 83, 47),
    (43, 55, 49, 44, 54, 49, 34),
    (58, 67, 42, 56, 66, 68, 35),
    (71, 75, 50, 55, 70, 66, 41),
    (72, 82, 72, 67, 71, 83, 31),
    (67, 61, 45, 47, 62, 80, 41),
    (64, 53, 53, 58, 58, 67, 34),
    (67, 60, 47, 39, 59, 74, 41),
    (69, 62, 57, 42, 55, 63, 25),
    (68, 83, 83, 45, 59, 77, 35),
    (77, 77, 54, 72, 79, 77, 46),
    (81, 90, 50, 72, 60, 54, 36),
    (74, 85, 64, 69, 79, 79, 63),
    (65, 60, 65, 75, 55, 80, 60),
    (65, 70, 46, 57, 75, 85, 46),
    (50, 58, 68, 54, 64, 78, 52),
    (50, 40, 33, 34, 43, 64, 33),
    (64, 61, 52, 62, 66, 80, 41),
    (53, 66, 52, 50, 63, 80, 37),
    (40, 37, 42, 58, 50, 57, 49),
    (63, 54, 42, 48, 66, 75, 33),
    (66, 77, 66, 63, 88, 76, 72),
    (78, 75, 58, 74, 80, 78, 49),
    (48, 57, 44, 45, 51, 83, 38),
    (85, 85, 71, 71, 77, 74, 55),
    (82, 82, 39, 59, 64, 78, 39),
)
ATTITUDE_ALPHA = 0.84
ATTITUDE_ALPHA_WITHOUT = (0.81, 0.80, 0.83, 0.80, 0.80, 0.86, 0.84)
ATTITUDE_ITEM_TOTAL = (0.78, 0.84, 0.70, 0.81, 0.85, 0.42, 0.60)
ATTITUDE_ITEM_REST = (0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46)

# Ten questions answered by 15 people: the example in the documentation of pingouin.cronbach_alpha (Vallat 2018, J. Open
# Source Softw. 3, 1026), one row for each question.
QUESTIONS = (
    (3, 5, 7, 2, 6, 1, 4, 2, 6, 5, 4, 4, 5, 6, 4),
    (2, 4, 3, 4, 5, 2, 3, 4, 5, 4, 3, 2, 5, 5, 3),
    (4, 6, 5, 3, 6, 3, 5, 4, 5, 6, 5, 3, 6, 5, 5),
    (1, 3, 5, 3, 5, 4, 3, 3, 5, 4, 2, 2, 2, 4, 5),
    (4, 5, 6, 2, 4, 2, 5, 7, 1, 3, 5, 5, 3, 2, 3),
    (5, 1, 4, 2, 4, 5, 2, 2, 6, 5, 3, 3, 3, 2, 1),
    (1, 2, 3, 2, 4, 2, 1, 2, 5, 3, 2, 4, 2, 1, 3),
    (4, 5, 3, 6, 6, 3, 2, 4, 2, 1, 3, 2, 4, 4, 2),
    (3, 5, 6, 6, 7, 5, 4, 6, 3, 7, 4, 3, 4, 6, 3),
    (2, 5, 5, 3, 5, 2, 3, 5, 2, 2, 1, 4, 5, 5, 4),
)
QUESTIONS_ALPHA, QUESTIONS_LOW, QUESTIONS_HIGH = 0.591719, 0.195, 0.840

# Bottle caps made in a day by three machines (Kruskal & Wallis 1952, J. Am. Stat. Assoc. 47, 583): H, and its exact p.
CAPS = {"standard": (340, 345, 330, 342, 338), "first": (339, 333, 344), "second": (347, 343, 349, 355)}
CAPS_H, CAPS_P = 5.656, 0.0486

# Intelligence and hours of television in a week: the worked example of Wikipedia's article on Spearman's ρ.
INTELLIGENCE = (86, 97, 99, 100, 101, 103, 106, 110, 112, 113)
TELEVISION = (2, 20, 28, 27, 50, 29, 7, 17, 6, 12)
TELEVISION_RHO, TELEVISION_P = -29 / 165, 0.627

# Wilson's 95 % intervals of r in n (Newcombe 1998, Stat. Med. 17, 857, table I, method 3).
WILSON = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
