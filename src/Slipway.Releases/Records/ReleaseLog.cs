using System.Data;
using Dapper;
using Slipway.Content;
using Slipway.State;

namespace Slipway.Releases.Records;

/// <summary>The releases of all streams with their gates.</summary>
public sealed class ReleaseLog(Database database)
{
    private const string Columns =
        """
        stream, version, run, state, format, previous, content, content_key AS ContentKey, map, mom, inventory, notes, paths, bytes, packages,
        created, published, withdrawn, withdrawn_by AS WithdrawnBy, withdrawn_reason AS WithdrawnReason
        """;

    public Release? Find(string stream, uint version) => Query("stream = @stream AND version = @version", new { stream, version = (long)version }).SingleOrDefault();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Release> All(string stream) => Query("stream = @stream ORDER BY version DESC", new { stream });

    /// <summary>Releases of any stream that were made whole, newest first.</summary>
    public IReadOnlyList<Release> Whole() => Query("map IS NOT NULL AND state IN ('staged', 'published', 'withdrawn') ORDER BY created DESC, version DESC", new { });

    /// <summary>The release that the next one continues: the newest that is whole. Null before the first.</summary>
    public Release? Last(string stream) => All(stream).FirstOrDefault(r => r.IsWhole);

    public Release Require(string stream, uint version) => Find(stream, version)
        ?? throw new SlipwayException($"release {stream}/{version}", "there is no such release", $"look at the list of releases of {stream}") { Kind = FailureKind.Usage };

    public static void SetState(IDbTransaction t, string stream, uint version, ReleaseState state) => t.Connection!.Execute(
        "UPDATE releases_release SET state = @state WHERE stream = @stream AND version = @version",
        new { stream, version = (long)version, state = Word(state) }, t);

    public static void SetComposed(IDbTransaction t, string stream, uint version, Digest map, long paths, long bytes) => t.Connection!.Execute(
        "UPDATE releases_release SET map = @map, paths = @paths, bytes = @bytes WHERE stream = @stream AND version = @version",
        new { stream, version = (long)version, map = map.ToString(), paths, bytes }, t);

    public static void SetDigest(IDbTransaction t, string stream, uint version, string column, Digest digest)
    {
        if (column is not ("mom" or "inventory" or "notes"))
            throw new ArgumentOutOfRangeException(nameof(column));
        t.Connection!.Execute($"UPDATE releases_release SET {column} = @digest WHERE stream = @stream AND version = @version",
            new { stream, version = (long)version, digest = digest.ToString() }, t);
    }

    public void SetPublished(IDbTransaction t, string stream, uint version) => t.Connection!.Execute(
        "UPDATE releases_release SET state = CASE state WHEN 'withdrawn' THEN state ELSE 'published' END, published = coalesce(published, @Now) WHERE stream = @stream AND version = @version",
        new { stream, version = (long)version, database.Now }, t);

    public void SetWithdrawn(IDbTransaction t, string stream, uint version, string who, string reason) => t.Connection!.Execute(
        "UPDATE releases_release SET state = 'withdrawn', withdrawn = @Now, withdrawn_by = @who, withdrawn_reason = @reason WHERE stream = @stream AND version = @version",
        new { stream, version = (long)version, who, reason, database.Now }, t);

    public static void SetGates(IDbTransaction t, string stream, uint version, IReadOnlyList<GateResult> results)
    {
        t.Connection!.Execute("DELETE FROM releases_gate WHERE stream = @stream AND version = @version", new { stream, version = (long)version }, t);
        for (var i = 0; i < results.Count; i++)
        {
            t.Connection!.Execute(
                "INSERT INTO releases_gate (stream, version, position, gate, verdict, detail, seconds) VALUES (@stream, @version, @i, @Gate, @verdict, @Detail, @Seconds)",
                new { stream, version = (long)version, i, results[i].Gate, verdict = results[i].Verdict.ToString().ToLowerInvariant(), results[i].Detail, results[i].Seconds }, t);
        }
    }

    public IReadOnlyList<GateResult> Gates(string stream, uint version) => database.Read(c => c.Query<(string Gate, string Verdict, string Detail, double Seconds)>(
            "SELECT gate, verdict, detail, seconds FROM releases_gate WHERE stream = @stream AND version = @version ORDER BY position", new { stream, version = (long)version })
        .Select(g => new GateResult(g.Gate, Enum.Parse<GateVerdict>(g.Verdict, ignoreCase: true), g.Detail, g.Seconds)).ToList());

    private static string Word(ReleaseState state) => state.ToString().ToLowerInvariant();

    private List<Release> Query(string where, object parameters) => database.Read(c =>
        c.Query<Row>($"SELECT {Columns} FROM releases_release WHERE {where}", parameters).Select(r => r.ToRelease()).ToList());

    private sealed class Row
    {
        public string Stream { get; init; } = "";
        public long Version { get; init; }
        public long Run { get; init; }
        public string State { get; init; } = "";
        public long Format { get; init; }
        public long Previous { get; init; }
        public string Content { get; init; } = "";
        public string ContentKey { get; init; } = "";
        public string? Map { get; init; }
        public string? Mom { get; init; }
        public string? Inventory { get; init; }
        public string? Notes { get; init; }
        public long Paths { get; init; }
        public long Bytes { get; init; }
        public long Packages { get; init; }
        public long Created { get; init; }
        public long? Published { get; init; }
        public long? Withdrawn { get; init; }
        public string? WithdrawnBy { get; init; }
        public string? WithdrawnReason { get; init; }

        public Release ToRelease() => new(
            Stream, (uint)Version, Run, Enum.Parse<ReleaseState>(State, ignoreCase: true), (int)Format, (uint)Previous, Digest.Parse(Content), ContentKey,
            Read(Map), Read(Mom), Read(Inventory), Read(Notes), Paths, Bytes, Packages, Created, Published,
            Withdrawn is { } at ? new Withdrawal(WithdrawnBy ?? "", WithdrawnReason ?? "", at) : null);

        private static Digest? Read(string? text) => text is null ? null : Digest.Parse(text);
    }
}
