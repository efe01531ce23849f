namespace Slipway.Packages;

/// <summary>What an rpm's header says beyond the common record; what rpm-md's primary and other documents need.</summary>
/// <param name="Epoch">0 where the package has none.</param>
/// <param name="SourceRpm">File name of the source package; empty for a source package itself.</param>
/// <param name="HeaderStart">Offset in the file where the main header begins.</param>
/// <param name="HeaderEnd">Offset behind the main header, where the payload begins.</param>
/// <param name="ArchiveSize">Bytes of the uncompressed payload.</param>
public sealed record RpmHeaderFacts(
    uint Epoch, string Version, string Release, string Vendor, string Group, string BuildHost, string SourceRpm,
    long HeaderStart, long HeaderEnd, long ArchiveSize,
    IReadOnlyList<RpmRelation> Requires, IReadOnlyList<RpmRelation> Provides, IReadOnlyList<RpmRelation> Conflicts,
    IReadOnlyList<RpmRelation> Obsoletes, IReadOnlyList<RpmRelation> Recommends, IReadOnlyList<RpmRelation> Suggests,
    IReadOnlyList<RpmRelation> Supplements, IReadOnlyList<RpmRelation> Enhances,
    IReadOnlyList<RpmChange> Changelog, bool HasSignature);

/// <summary>One relation of an rpm header: name, the raw sense flags, and the version as written (<c>epoch:version-release</c>).</summary>
public sealed record RpmRelation(string Name, uint Flags, string Version)
{
    /// <summary>LT, GT, EQ, LE or GE as rpm-md spells it; null for a relation without a version.</summary>
    public string? Comparison => (Flags & 0x0e) switch
    {
        0x02 => "LT",
        0x04 => "GT",
        0x08 => "EQ",
        0x0a => "LE",
        0x0c => "GE",
        _ => null,
    };

    /// <summary>Needed by a scriptlet (RPMSENSE_PREREQ, _SCRIPT_PRE or _SCRIPT_POST), so to be installed first.</summary>
    public bool BeforeInstall => (Flags & (0x40 | 0x200 | 0x400)) != 0;

    /// <summary>A capability of rpm itself (RPMSENSE_RPMLIB), which no package provides.</summary>
    public bool RpmLib => (Flags & 0x1000000) != 0;

    public override string ToString()
    {
        var sign = Comparison switch { "LT" => "<", "GT" => ">", "EQ" => "=", "LE" => "<=", "GE" => ">=", _ => null };
        return sign is null ? Name : $"{Name} {sign} {Version}";
    }
}

/// <summary>One changelog entry.</summary>
public sealed record RpmChange(long Time, string Author, string Text);
