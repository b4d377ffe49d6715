#include "sts/conf/nearest.h"

enum { MAX_WORD = 32 };

void
sts_nearest_init(struct sts_nearest *nearest, struct sts_slice word)
{
	/* One slip in a short word, two in a long one. */
	*nearest = (struct sts_nearest){ word, word.n < 5 ? 2 : 3, NULL };
}

static bool
same(char a, char b)
{
	return sts_lower(a) == sts_lower(b);
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * How many slips of a typist lie between two words: a letter too many, too few,
 * a wrong one, or two neighbours swapped (the optimal string alignment
 * distance).  rows[i % 3][j] is that of the first i of a and j of b.
 */
static size_t
distance(struct sts_slice a, struct sts_slice b)
{
	size_t rows[3][MAX_WORD + 1], *row = rows[0], *above, *above2;

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		row = rows[i % 3];
		above = rows[(i + 2) % 3];
		above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
			    above[j - 1] + !same(a.p[i - 1], b.p[j - 1]));
			if (i > 1 && j > 1 && same(a.p[i - 1], b.p[j - 2]) &&
			    same(a.p[i - 2], b.p[j - 1]) &&
			    above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return row[b.n];
}

void
sts_nearest_offer(struct sts_nearest *nearest, const char *known)
{
	struct sts_slice word = nearest->word, candidate = sts_slice_str(known);
	size_t d =
	    word.n > candidate.n ? word.n - candidate.n : candidate.n - word.n;

	/* Each letter more or less is a slip: most words are that far apart. */
	if (d >= nearest->distance || word.n > MAX_WORD ||
	    candidate.n > MAX_WORD)
		return;
	d = distance(word, candidate);
	if (d < nearest->distance) {
		nearest->distance = d;
		nearest->best = known;
	}
}
