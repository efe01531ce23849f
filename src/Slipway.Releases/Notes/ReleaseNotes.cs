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

    public static ReleaseNotes Make(ReleaseRun run, ReleaseContent content, IReadOnlyList<GateResult> gates, Ledger ledger) => new()
    {
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

    public string ToText()
    {
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');
        Line($"Release notes for {Stream} {Version}");
        Line();
        Line($"Version:   {Version} (format {Format}), {DateTimeOffset.FromUnixTimeSeconds(Timestamp).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}");
        if (Previous > 0)
            Line($"Previous:  {Previous}");
        Line($"Bundles:   {string.Join(", ", Bundles)}");
        Line($"Stream:    commit {StreamCommit}");
        Section(Line, "Why", Reasons.Select(r => r.Text));
        Section(Line, "Added packages", Packages.Added.Select(p => $"{p.Name}  {p.Version}"));
        Section(Line, "Removed packages", Packages.Removed.Select(p => $"{p.Name}  {p.Version}"));
        Section(Line, "Updated packages", Packages.Updated.Select(p => $"{p.Name}  {p.From} -> {p.To}"));
        Section(Line, "Built from", Commits.Select(c => $"{c.Package}  {c.Commit}"));
        Section(Line, "Gates", Gates.Select(g => $"{g.Gate}: {g.Verdict.ToString().ToLowerInvariant()}, {g.Detail}"));
        return text.ToString();
    }

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
