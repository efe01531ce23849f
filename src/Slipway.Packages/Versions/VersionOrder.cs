namespace Slipway.Packages;

/// <summary>The version orders of dpkg, rpm and pacman; negative, zero or positive as in <see cref="IComparer{T}"/>.</summary>
public static class VersionOrder
{
    public static int Compare(PackageType type, string left, string right) => type switch
    {
        PackageType.Deb => CompareDeb(left, right),
        PackageType.Rpm => CompareRpm(left, right),
        _ => ComparePacman(left, right),
    };

    /// <summary><c>[epoch:]upstream[-revision]</c>; no epoch is 0, no revision is the empty one, which equals 0.</summary>
    public static int CompareDeb(string left, string right)
    {
        var a = EpochVersionRelease.Split(left, EpochRule.BeforeFirstColon);
        var b = EpochVersionRelease.Split(right, EpochRule.BeforeFirstColon);
        var order = VersionSegments.CompareNumbers(a.Epoch, b.Epoch);
        if (order == 0) order = DebOrder.Compare(a.Version, b.Version);
        return order != 0 ? order : DebOrder.Compare(a.Release, b.Release);
    }

    /// <summary><c>[epoch:]version[-release]</c>; a version without release comes before the same one with any.</summary>
    public static int CompareRpm(string left, string right)
    {
        var a = EpochVersionRelease.Split(left, EpochRule.LeadingDigits);
        var b = EpochVersionRelease.Split(right, EpochRule.LeadingDigits);
        var order = RpmOrder.Compare(a.Epoch, b.Epoch);
        if (order == 0) order = RpmOrder.Compare(a.Version, b.Version);
        if (order != 0) return order;
        return a.HasRelease && b.HasRelease ? RpmOrder.Compare(a.Release, b.Release) : a.HasRelease.CompareTo(b.HasRelease);
    }

    /// <summary><c>[epoch:]version[-release]</c>; where one has no release, the releases do not count.</summary>
    public static int ComparePacman(string left, string right)
    {
        var a = EpochVersionRelease.Split(left, EpochRule.LeadingDigits);
        var b = EpochVersionRelease.Split(right, EpochRule.LeadingDigits);
        var order = PacmanOrder.Compare(a.Epoch, b.Epoch);
        if (order == 0) order = PacmanOrder.Compare(a.Version, b.Version);
        return order == 0 && a.HasRelease && b.HasRelease ? PacmanOrder.Compare(a.Release, b.Release) : order;
    }
}

internal enum EpochRule { BeforeFirstColon, LeadingDigits }

/// <summary>The three parts of a full version.</summary>
internal readonly ref struct EpochVersionRelease
{
    public ReadOnlySpan<char> Epoch { get; private init; }
    public ReadOnlySpan<char> Version { get; private init; }
    public ReadOnlySpan<char> Release { get; private init; }
    public bool HasRelease { get; private init; }

    public static EpochVersionRelease Split(ReadOnlySpan<char> full, EpochRule rule)
    {
        var colon = rule == EpochRule.BeforeFirstColon ? full.IndexOf(':') : full.IndexOfAnyExceptInRange('0', '9');
        if (colon >= 0 && full[colon] != ':') colon = -1;
        var epoch = colon > 0 ? full[..colon] : "0";
        var rest = full[(colon + 1)..];
        var dash = rest.LastIndexOf('-');
        return new EpochVersionRelease
        {
            Epoch = epoch,
            Version = dash < 0 ? rest : rest[..dash],
            Release = dash < 0 ? default : rest[(dash + 1)..],
            HasRelease = dash >= 0,
        };
    }
}
