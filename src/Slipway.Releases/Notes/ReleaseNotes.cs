using System.Globalization;
using System.Text;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;
using Slipway.State;

namespace Slipway.Releases.Notes;

/// <summary>What changed in a release, for people and for programs.</summary>
public sealed record ReleaseNotes
{
    public required string Stream { get; init; }
    public required uint Version { get; init; }
    public required uint Previous { get; init; }
    public required int Format { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long Timestamp { get; init; }

    public required IReadOnlyList<Reason> Reasons { get; init; }
    public required IReadOnlyList<string> Bundles { get; init; }
    public required PackageChanges Packages { get; init; }

    /// <summary>The commit of the stream's repository.</summary>
    public required string StreamCommit { get; init; }

    /// <summary>Commits that packages of this release were built from, by the ledger.</summary>
    public required IReadOnlyList<PackageCommit> Commits { get; init; }

    public required IReadOnlyList<GateResult> Gates { get; init; }

    /// <param name="previous">Content of the release before; null for the first.</param>
    /// <param name="packs">Bytes of packs by the version they start from.</param>
    public static ReleaseNotes Make(ReleaseRun run, ReleaseContent content, ReleaseContent? previous, Release release, IReadOnlyDictionary<uint, long> packs, IReadOnlyList<GateResult> gates, Ledger ledger) => new()
    {
        UpstreamFrom = previous?.UpstreamState,
        UpstreamTo = content.UpstreamState,
        PreviousFormat = previous?.Format ?? 0,
        MinVersion = run.Plan.MinVersion,
        AddedBundles = [.. content.Bundles.Select(b => b.Name).Except(previous?.Bundles.Select(b => b.Name) ?? []).Order(StringComparer.Ordinal)],
        RemovedBundles = [.. previous?.Bundles.Select(b => b.Name).Except(content.Bundles.Select(b => b.Name)).Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>()],
        Files = release.Paths,
        Bytes = release.Bytes,
        Downloads = packs,
        Stream = run.Stream,
        Version = run.Version,
        Previous = run.Plan.Previous,
        Format = run.Plan.Format,
        Timestamp = run.Timestamp,
        Reasons = run.Plan.Reasons,
        Bundles = run.Plan.Bundles,
        Packages = run.Plan.Packages,
        StreamCommit = content.Commit,
        Commits = [.. CommitsOf(content, ledger)],
        Gates = [.. gates.Select(g => g with { Seconds = 0 })],
    };

    /// <summary>The upstream's state that the release before was made from; null for the first.</summary>
    public string? UpstreamFrom { get; init; }

    /// <summary>The upstream's state that it is made from.</summary>
    public string UpstreamTo { get; init; } = "";

    /// <summary>The format of the release before; 0 for the first.</summary>
    public int PreviousFormat { get; init; }

    /// <summary>True when all content was made anew at this number.</summary>
    public bool MinVersion { get; init; }

    /// <summary>Bundles that the release before had not.</summary>
    public IReadOnlyList<string> AddedBundles { get; init; } = [];

    /// <summary>Bundles that the release before had and this one has not.</summary>
    public IReadOnlyList<string> RemovedBundles { get; init; } = [];

    /// <summary>Files of the root, and their bytes.</summary>
    public long Files { get; init; }

    public long Bytes { get; init; }

    /// <summary>What a device downloads, by the version it comes from: bytes of the packs of all bundles; 0 is a device without any.</summary>
    public IReadOnlyDictionary<uint, long> Downloads { get; init; } = new Dictionary<uint, long>();

    public string ToText()
    {
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        Line($"Release notes for {Stream} {Version}");
        Line();
        foreach (var (key, value) in Heads())
            Line($"{key + ":",-11}{value}");
        foreach (var (title, entries) in Sections())
            Section(Line, title, entries);
        return text.ToString();
    }

    public string ToMarkdown()
    {
        var text = new StringBuilder($"# Release notes for {Stream} {Version}\n\n");
        foreach (var (key, value) in Heads())
            text.Append($"- **{key}**: {Escaped(value)}\n");
        foreach (var (title, entries) in Sections())
        {
            text.Append($"\n## {title}\n\n");
            foreach (var entry in entries.DefaultIfEmpty("None"))
                text.Append($"- {Escaped(entry.ReplaceLineEndings(" "))}\n");
        }
        return text.ToString();
    }

    private static string Escaped(string text) => System.Text.RegularExpressions.Regex.Replace(text, @"[\\`*_\[\]<>#|]", @"\$0");

    private IEnumerable<(string Key, string Value)> Heads()
    {
        yield return ("Version", $"{Version} (format {Format}), {DateTimeOffset.FromUnixTimeSeconds(Timestamp).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}");
        if (Previous > 0)
            yield return ("Previous", PreviousFormat == Format || PreviousFormat == 0 ? $"{Previous}" : $"{Previous} (format {PreviousFormat})");
        if (PreviousFormat > 0 && PreviousFormat != Format)
            yield return ("Format", $"{PreviousFormat} -> {Format}: devices of format {PreviousFormat} come here over its last version");
        if (MinVersion)
            yield return ("Content", "all of it is made anew at this version");
        yield return ("Upstream", UpstreamFrom is null || UpstreamFrom == UpstreamTo ? UpstreamTo : $"{UpstreamFrom} -> {UpstreamTo}");
        yield return ("Bundles", string.Join(", ", Bundles));
        yield return ("Files", string.Create(CultureInfo.InvariantCulture, $"{Files}, {Bytes / 1e6:F1} MB"));
        yield return ("Stream", $"commit {StreamCommit}");
    }

    private IEnumerable<(string Title, IEnumerable<string> Entries)> Sections() =>
    [
        ("Why", Reasons.Select(r => r.Text)),
        ("Added packages", Packages.Added.Select(p => $"{p.Name}  {p.Version}")),
        ("Removed packages", Packages.Removed.Select(p => $"{p.Name}  {p.Version}")),
        ("Updated packages", Packages.Updated.Select(p => $"{p.Name}  {p.From} -> {p.To}")),
        ("Added bundles", AddedBundles),
        ("Removed bundles", RemovedBundles),
        ("Downloads", Downloads.Select(d => string.Create(CultureInfo.InvariantCulture, $"{(d.Key == 0 ? "everything" : $"from {d.Key}")}  {d.Value / 1e6:F2} MB"))),
        ("Built from", Commits.Select(c => $"{c.Package}  {c.Commit}")),
        ("Gates", Gates.Select(g => $"{g.Gate}: {g.Verdict.ToString().ToLowerInvariant()}, {g.Detail}")),
    ];

    private static void Section(Action<string> line, string title, IEnumerable<string> entries)
    {
        line("");
        line($"{title}:");
        var any = false;
        foreach (var entry in entries)
        {
            line($"    {entry.ReplaceLineEndings(" ")}");
            any = true;
        }
        if (!any)
            line("    None");
    }

    private static IEnumerable<PackageCommit> CommitsOf(ReleaseContent content, Ledger ledger)
    {
        foreach (var package in PackageChanges.Of(content.Resolved).Where(p => p.Repository.StartsWith("provider:", StringComparison.Ordinal)))
        {
            foreach (var (_, to) in ledger.Back(new Node("file", package.Digest)).Where(e => e.To.Kind == "commit").DistinctBy(e => e.To))
                yield return new PackageCommit(package.Name, package.Version, to.Id);
        }
    }
}

/// <summary>A package of a release and the commit it was built from.</summary>
public sealed record PackageCommit(string Package, string Version, string Commit);
