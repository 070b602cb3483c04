package judge

import (
	"math"
	"math/big"
	"testing"
)

// The exact tails, in rational arithmetic.

// exactBinomial is for a probability of thousandths/1000.
func exactBinomial(k, n, thousandths int64) float64 {
	sum := new(big.Int)
	for i := k; i <= n; i++ {
		ways := new(big.Int).Binomial(n, i)
		ways.Mul(ways, power(thousandths, i))
		sum.Add(sum, ways.Mul(ways, power(1000-thousandths, n-i)))
	}
	value, _ := new(big.Rat).SetFrac(sum, power(1000, n)).Float64()
	return value
}

func power(base, exponent int64) *big.Int {
	return new(big.Int).Exp(big.NewInt(base), big.NewInt(exponent), nil)
}

func exactHypergeometric(k, n, marked, all int64) float64 {
	sum := new(big.Int)
	for i := k; i <= min(n, marked); i++ {
		ways := new(big.Int).Binomial(marked, i)
		sum.Add(sum, ways.Mul(ways, new(big.Int).Binomial(all-marked, n-i)))
	}
	value, _ := new(big.Rat).SetFrac(sum, new(big.Int).Binomial(all, n)).Float64()
	return value
}

func TestTailsAreExact(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 2, 30, 100} {
		for k := int64(1); k <= n; k += 1 + n/7 {
			for _, thousandths := range []int64{1, 10, 210, 999} {
				got := binomialTail(float64(k), float64(n), float64(thousandths)/1000)
				compareTails(t, "binomial", got, exactBinomial(k, n, thousandths))
			}
			for _, stable := range []int64{30, 900} {
				for stableBad := int64(0); stableBad <= stable; stableBad += stable / 3 {
					marked, all := k+stableBad, n+stable
					got := hypergeometricTail(float64(k), float64(n), float64(marked), float64(all))
					compareTails(t, "hypergeometric", got, exactHypergeometric(k, n, marked, all))
				}
			}
		}
	}
}

func compareTails(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*want+1e-300 {
		t.Errorf("%s tail is %g, want %g", name, got, want)
	}
}

func TestTailsAtTheirEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want float64 }{
		{binomialTail(0, 10, 0.5), 1},
		{binomialTail(3, 10, 1), 1},
		{binomialTail(3, 10, 0), 0},
	} {
		if c.got != c.want {
			t.Errorf("tail is %g, want %g", c.got, c.want)
		}
	}
	// A billion requests must neither take long nor overflow.
	if tail := binomialTail(10_100_000, 1_000_000_000, 0.01); !(tail >= 0 && tail < 1e-100) {
		t.Errorf("tail of a billion requests is %g", tail)
	}
}
