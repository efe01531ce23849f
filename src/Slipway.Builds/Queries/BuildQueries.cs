using System.Data;
using System.Text;
using System.Text.Json;
using Dapper;
using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>What people and programs may know of requests and builds.</summary>
public sealed class BuildQueries(Database database, IBroker broker, DataDirectory data)
{
    private const string Columns = """
        SELECT b.id AS Id, b.package AS Package, b.name AS Name, b.dist AS Dist, b.arch AS Arch, b.type AS Type, b.state AS State, b.reason AS Reason, b.cause AS Cause,
            b.request_id AS RequestId, b.commit_id AS "Commit", b.created AS Created, b.started AS Started, b.finished AS Finished, b.snapshot AS Snapshot,
            b.repository AS Repository, b.project AS Project, b.runner_group AS RunnerGroup, b.tree AS Tree, b.produces AS Produces, b.needs AS Needs, b.because AS Because,
            (SELECT count(*) FROM builds_attempt a WHERE a.build_id = b.id) AS Attempts,
            last.prepare_ms AS PrepareMs, last.build_ms AS BuildMs, last.peak_memory AS PeakMemory
        FROM builds_build b LEFT JOIN builds_attempt last ON last.build_id = b.id AND last.number = (SELECT max(number) FROM builds_attempt WHERE build_id = b.id)
        """;

    private const string LastOfTarget = "(SELECT max(id) FROM builds_build n WHERE n.package = b.package AND n.dist = b.dist AND n.arch = b.arch AND n.image = b.image)";

    private sealed class Row
    {
        public long Id { get; init; }
        public string Package { get; init; } = "";
        public string Name { get; init; } = "";
        public string Dist { get; init; } = "";
        public string Arch { get; init; } = "";
        public string Type { get; init; } = "";
        public string State { get; init; } = "";
        public string? Reason { get; init; }
        public string? Cause { get; init; }
        public string RequestId { get; init; } = "";
        public string Commit { get; init; } = "";
        public long Created { get; init; }
        public long? Started { get; init; }
        public long? Finished { get; init; }
        public long? Snapshot { get; init; }
        public string Repository { get; init; } = "";
        public string Project { get; init; } = "";
        public string RunnerGroup { get; init; } = "";
        public string Tree { get; init; } = "";
        public string Produces { get; init; } = "[]";
        public string Needs { get; init; } = "[]";
        public string? Because { get; init; }
        public int Attempts { get; init; }
        public long? PrepareMs { get; init; }
        public long? BuildMs { get; init; }
        public long? PeakMemory { get; init; }

        public BuildView View() => new(
            Id, Package, Name, $"{Dist}.{Arch}", Type, StateWords.Build(State), Reason, RequestId, Commit, At(Created)!.Value, At(Started), At(Finished), Attempts,
            PrepareMs / 1000.0, BuildMs / 1000.0, PeakMemory, Cause, Snapshot);
    }

    /// <summary>Builds, newest first.</summary>
    /// <param name="atMost">How many.</param>
    /// <param name="package">Only of this package. Unset: of all.</param>
    public IReadOnlyList<BuildView> Builds(int atMost = 200, string? package = null) => database.Read(connection => connection.Query<Row>(
        $"{Columns} WHERE @package IS NULL OR b.package = @package ORDER BY b.id DESC LIMIT @atMost", new { atMost, package }).Select(row => row.View()).ToList());

    /// <summary>One build; null when there is none of that number.</summary>
    public BuildDetail? Build(long id) => database.Read(connection => One(connection, id) is { } row
        ? new BuildDetail(row.View(), row.Repository, row.Project, row.RunnerGroup, row.Tree, Attempts(connection, id), connection.Query<ResultView>(
            "SELECT name AS Name, digest AS Digest, size AS Size FROM builds_result WHERE build_id = @id ORDER BY name", new { id }).ToList())
        : null);

    private static Row? One(IDbConnection connection, long id) => connection.QuerySingleOrDefault<Row>($"{Columns} WHERE b.id = @id", new { id });

    private static List<AttemptView> Attempts(IDbConnection connection, long id) => connection.Query("""
        SELECT number, state, cause, runner, started, finished, root, limits, peak_memory, prepare_ms, build_ms, exit_code FROM builds_attempt WHERE build_id = @id ORDER BY number
        """, new { id }).Select(row => new AttemptView(
            (int)(long)row.number, StateWords.Attempt((string)row.state), (string?)row.cause, ((string)row.runner).Split('#')[0], At((long)row.started)!.Value, At((long?)row.finished),
            (string?)row.root, (string?)row.limits, (long?)row.peak_memory, (long?)row.prepare_ms / 1000.0, (long?)row.build_ms / 1000.0, (int?)(long?)row.exit_code)).ToList();

    /// <summary>Where the log of an attempt lies (of the last one when unset); null when it has none. The file grows while the attempt runs.</summary>
    public string? LogPath(long id, int? attempt = null)
    {
        var number = attempt ?? database.Read(connection => connection.ExecuteScalar<int?>("SELECT max(number) FROM builds_attempt WHERE build_id = @id", new { id }));
        return number is { } known && AttemptLog.PathOf(data, id, known) is var path && File.Exists(path) ? path : null;
    }

    /// <summary>The packages that the root of a build was made of, as its last attempt resolved them; null when it came to nothing.</summary>
    public string? Dependencies(long id) => database.Read(connection => connection.ExecuteScalar<string?>(
        "SELECT solver FROM builds_attempt WHERE build_id = @id AND solver IS NOT NULL ORDER BY number DESC LIMIT 1", new { id }));

    /// <summary>The digest of a file that a build made; null when it made none of that name.</summary>
    public string? ResultDigest(long id, string name) => database.Read(connection => connection.ExecuteScalar<string?>(
        "SELECT digest FROM builds_result WHERE build_id = @id AND name = @name", new { id, name }));

    /// <summary>True while more may come to the build's log.</summary>
    public bool IsUnderWay(long id) => Build(id)?.Build.State is BuildState.Queued or BuildState.Waiting or BuildState.Running;

    /// <summary>Why a build waits or failed, with the chain of builds it waits for; null when there is none of that number.</summary>
    public WhyView? Why(long id)
    {
        if (database.Read(connection => One(connection, id)) is not { } row) return null;
        var view = row.View();
        var why = view.State switch
        {
            BuildState.Waiting => view.Reason ?? "it waits for the planner",
            BuildState.Queued => view.Reason ?? "it waits for a free runner",
            BuildState.Running => $"it runs (attempt {view.Attempts})",
            BuildState.Failed => view.Cause ?? "it failed",
            BuildState.Cancelled => view.Reason ?? "it was cancelled",
            _ => view.Reason ?? (view.Snapshot is { } snapshot ? $"it succeeded and is in snapshot {snapshot}" : "it succeeded and will be published when the builds of its repository have settled"),
        };
        return new WhyView(id, view.State, why, view.State == BuildState.Waiting ? Chain(row) : [], row.Because);
    }

    private List<string> Chain(Row start)
    {
        var rows = database.Read(connection => connection.Query<Row>(
            $"{Columns} WHERE b.dist = @Dist AND b.arch = @Arch AND (b.state IN ('queued', 'waiting', 'running') OR (b.state = 'succeeded' AND b.snapshot IS NULL) OR (b.state = 'failed' AND b.id = {LastOfTarget})) ORDER BY b.id",
            new { start.Dist, start.Arch }).ToList());
        var chain = new List<string>();
        var seen = new HashSet<long> { start.Id };
        var next = new Queue<Row>([start]);
        while (next.TryDequeue(out var row))
        {
            var needs = JsonSerializer.Deserialize<HashSet<string>>(row.Needs)!;
            foreach (var maker in rows.Where(one => one.Package != row.Package && JsonSerializer.Deserialize<List<string>>(one.Produces)!.Any(needs.Contains) && seen.Add(one.Id)))
            {
                chain.Add($"{row.Package} needs {maker.Package} (build {maker.Id}, {maker.State})");
                next.Enqueue(maker);
            }
        }
        return chain;
    }

    private sealed record RequestRow(string RequestId, string Package, string Target, string Action, long Received, string Outcome, long? BuildId);

    /// <summary>Requests, newest first.</summary>
    public IReadOnlyList<RequestView> Requests(int atMost = 200) => database.Read(connection => connection.Query<RequestRow>("""
        SELECT r.request_id AS RequestId, r.package AS Package, r.target AS Target, r.action AS Action, r.received AS Received, r.outcome AS Outcome, b.id AS BuildId
        FROM builds_request r LEFT JOIN builds_build b ON b.request_id = r.request_id ORDER BY r.received DESC, b.id DESC LIMIT @atMost
        """, new { atMost }).Select(row => new RequestView(row.RequestId, row.Package, row.Target, row.Action, At(row.Received)!.Value, row.Outcome, row.BuildId)).ToList());

    private sealed record FaultRow(string Repository, string Package, string Commit, string File, long Line, string Error, long Time);

    /// <summary>What is wrong in the source repositories now.</summary>
    public IReadOnlyList<SourceErrorView> SourceErrors() => database.Read(connection => connection.Query<FaultRow>("""
        SELECT repository AS Repository, package AS Package, commit_id AS "Commit", file AS File, line AS Line, error AS Error, time AS Time
        FROM builds_source_fault ORDER BY repository, package, file, line
        """).Select(row => new SourceErrorView(row.Repository, row.Package, row.Commit, $"{row.File}:{row.Line}: {row.Error}", At(row.Time)!.Value)).ToList());

    /// <summary>Messages that could not be used, newest first.</summary>
    public IReadOnlyList<DeadLetterView> DeadLetters(int atMost = 200) => [.. broker.DeadLetters(atMost).Select(letter => new DeadLetterView(
        letter.Topic, letter.Offset, letter.Reason, letter.Time, Encoding.UTF8.GetString(letter.Body.AsSpan(0, Math.Min(letter.Body.Length, 4096)))))];

    private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known) : null;
}
