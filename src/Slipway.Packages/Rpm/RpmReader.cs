using Slipway.Content;

namespace Slipway.Packages.Rpm;

/// <summary>Reads an rpm package, versions 4 and 6 of the format.</summary>
internal static class RpmReader
{
    public static PackageRecord Read(Stream file) => Record(RpmFile.Open(file));

    /// <summary>Both from one reading of the header.</summary>
    public static (PackageRecord Record, IReadOnlyList<PackagedFile> Files) ReadWithFiles(Stream file)
    {
        var rpm = RpmFile.Open(file);
        return (Record(rpm), RpmFileList.Read(rpm.Header).Files);
    }

    private static PackageRecord Record(RpmFile rpm)
    {
        var header = rpm.Header;
        var facts = Facts(rpm);
        var name = PackageNames.Check("Name", header.String(RpmTag.Name));
        var full = $"{facts.Version}-{facts.Release}";
        return new PackageRecord
        {
            Type = PackageType.Rpm,
            Name = name,
            Version = facts.Epoch == 0 ? full : $"{facts.Epoch}:{full}",
            Architecture = PackageNames.Check("Arch", header.String(RpmTag.Architecture)),
            Source = SourceName(facts.SourceRpm) ?? SourceName(header.String(RpmTag.SourceNevr) ?? "") ?? name,
            Requires = Texts(facts.Requires),
            Provides = Texts(facts.Provides),
            Conflicts = Texts(facts.Conflicts),
            Replaces = Texts(facts.Obsoletes),
            Recommends = Texts(facts.Recommends),
            Summary = header.String(RpmTag.Summary) ?? "",
            Description = header.String(RpmTag.Description) ?? "",
            License = header.String(RpmTag.License) ?? "",
            Url = header.String(RpmTag.Url) ?? "",
            Packager = header.String(RpmTag.Packager) ?? "",
            InstalledSize = (long)(header.Number(RpmTag.LongSize) ?? header.Number(RpmTag.Size) ?? 0),
            BuildTime = (long)(header.Number(RpmTag.BuildTime) ?? 0),
            Rpm = facts,
            Digest = default,
            FileName = "",
        };
    }

    public static IReadOnlyList<PackagedFile> Files(Stream file) => RpmFileList.Read(RpmFile.Open(file).Header).Files;

    public static void ReadContent(Stream file, Action<TarEntry, Stream?> onEntry)
    {
        var rpm = RpmFile.Open(file);
        var list = RpmFileList.Read(rpm.Header);
        rpm.ReadPayload(file, payload => new RpmPayload(list, onEntry).Read(payload));
    }

    private static RpmHeaderFacts Facts(RpmFile rpm)
    {
        var header = rpm.Header;
        return new RpmHeaderFacts(
            (uint)(header.Number(RpmTag.Epoch) ?? 0),
            PackageNames.Check("Version", header.String(RpmTag.Version)),
            PackageNames.Check("Release", header.String(RpmTag.Release)),
            header.String(RpmTag.Vendor) ?? "", header.String(RpmTag.Group) ?? "", header.String(RpmTag.BuildHost) ?? "", header.String(RpmTag.SourceRpm) ?? "",
            rpm.HeaderStart, rpm.PayloadStart,
            (long)(rpm.Signature.Number(RpmTag.LongArchiveSize) ?? rpm.Signature.Number((int)RpmSignatureTag.PayloadSize) ?? header.Number(RpmTag.PayloadSizeUncompressed) ?? header.Number(RpmTag.ArchiveSize) ?? 0),
            Relations(header, RpmTag.RequireName, RpmTag.RequireFlags, RpmTag.RequireVersion),
            Relations(header, RpmTag.ProvideName, RpmTag.ProvideFlags, RpmTag.ProvideVersion),
            Relations(header, RpmTag.ConflictName, RpmTag.ConflictFlags, RpmTag.ConflictVersion),
            Relations(header, RpmTag.ObsoleteName, RpmTag.ObsoleteFlags, RpmTag.ObsoleteVersion),
            Relations(header, RpmTag.RecommendName, RpmTag.RecommendFlags, RpmTag.RecommendVersion),
            Relations(header, RpmTag.SuggestName, RpmTag.SuggestFlags, RpmTag.SuggestVersion),
            Relations(header, RpmTag.SupplementName, RpmTag.SupplementFlags, RpmTag.SupplementVersion),
            Relations(header, RpmTag.EnhanceName, RpmTag.EnhanceFlags, RpmTag.EnhanceVersion),
            Changes(header),
            rpm.Signature.Has(RpmTag.SignatureDsa) || rpm.Signature.Has(RpmTag.SignatureRsa) || rpm.Signature.Has(RpmTag.SignatureOpenPgp)
                || rpm.Signature.Has((int)RpmSignatureTag.Pgp) || rpm.Signature.Has((int)RpmSignatureTag.Gpg));
    }

    private static RpmRelation[] Relations(RpmHeader header, RpmTag nameTag, RpmTag flagsTag, RpmTag versionTag)
    {
        var names = header.Strings(nameTag);
        var flags = header.Numbers(flagsTag);
        var versions = header.Strings(versionTag);
        if (names.Length == 0) return [];
        if (flags.Length != names.Length || versions.Length != names.Length)
            throw new PackageFormatException($"its header has {names.Length} of {nameTag}, {flags.Length} of {flagsTag} and {versions.Length} of {versionTag}");
        return [.. names.Select((name, i) => new RpmRelation(name, (uint)flags[i], versions[i]))];
    }

    private static RpmChange[] Changes(RpmHeader header)
    {
        var times = header.Numbers(RpmTag.ChangelogTime);
        var names = header.Strings(RpmTag.ChangelogName);
        var texts = header.Strings(RpmTag.ChangelogText);
        return [.. times.Take(Math.Min(names.Length, texts.Length)).Select((time, i) => new RpmChange((long)time, names[i], texts[i]))];
    }

    private static string[] Texts(IReadOnlyList<RpmRelation> relations) => [.. relations.Select(r => r.ToString())];

    /// <summary>Of <c>name-version-release.src.rpm</c>, or the sixth format's <c>name-[epoch:]version-release</c>.</summary>
    private static string? SourceName(string sourceRpm)
    {
        var release = sourceRpm.LastIndexOf('-');
        var version = release > 0 ? sourceRpm.LastIndexOf('-', release - 1) : -1;
        return version > 0 ? sourceRpm[..version] : null;
    }
}
