namespace Slipway.Releases.Configuration;

/// <summary>How versions are numbered. Numbers only grow; none is used twice, whatever became of it.</summary>
/// <param name="First">The first version, and where numbers start while a needed provider has no snapshot yet.</param>
/// <param name="Then">The first version with everything.</param>
/// <param name="Step">The distance of later versions.</param>
/// <param name="Factor">0: independent of the upstream's numbers. Else a version is the upstream's number times this, and a count below it.</param>
public sealed record VersionScheme(uint First, uint Then, uint Step, uint Factor = 0)
{
    /// <summary>The number after <paramref name="last"/> (0 for none), or null when numbers are used up.</summary>
    /// <param name="complete">True when no bundle is left out for want of its provider.</param>
    public uint? Next(uint last, bool complete)
    {
        var next = (complete, last) switch
        {
            (false, 0) => (ulong)First,
            // Until everything is there, versions stay below the first whole one as long as there is room.
            (false, _) when last + 1UL < Then => last + 1UL,
            (true, _) when last < Then => Then,
            _ => (ulong)last + Step,
        };
        return next <= uint.MaxValue ? (uint)next : null;
    }

    /// <summary>The number after <paramref name="last"/> of a version made from this version of the upstream; null when its share of the numbers is used up.</summary>
    public uint? Next(uint last, bool complete, uint? upstream)
    {
        if (Factor == 0 || upstream is not { } number)
            return Next(last, complete);
        var start = (ulong)number * Factor;
        var next = Math.Max(start, last) + Step;
        return next < start + Factor && next <= uint.MaxValue ? (uint)next : null;
    }

    /// <summary>
    /// The numbers of the last version of a format and of the first of the next one. The former may leave its upstream's share of the
    /// numbers where that is used up: the bump must go on, and the latter bounds it.
    /// </summary>
    public (uint Plus10, uint Plus20)? NextPair(uint last, bool complete, uint? from, uint? to)
    {
        if (Factor == 0 || from is not { } lower || to is not { } upper)
            return Next(last, complete) is { } plus10 && Next(plus10, complete) is { } plus20 ? (plus10, plus20) : null;
        var first = Math.Max((ulong)lower * Factor, last) + Step;
        var second = Math.Max(((ulong)upper * Factor) + Step, first) + Step;
        return second < ((ulong)upper + 1) * Factor && second <= uint.MaxValue ? ((uint)first, (uint)second) : null;
    }
}
