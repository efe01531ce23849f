using System.Data;
using System.Text.Json;
using Dapper;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Messages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// The side that gives builds to runners and takes their outcome. Runners know nothing else of the service, so one on
/// another machine only needs these calls. Every write checks the lease in its own transaction.
/// </summary>
public sealed class RunnerDesk(
    Database database, ContentStore store, Outbox outbox, BuildBells bells, Identity identity, DataDirectory data, IReadOnlyList<ServedGroup> served, PublishedContent published) : IRunnerDesk
{
    /// <summary>Tries of a build whose infrastructure fails.</summary>
    public const int MaxAttempts = 3;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private readonly Leases _leases = new(database, LeaseTime);
    private readonly ServedGroups _served = new(served, database.Clock);
    private readonly PlanKeeper _plan = new(database);

    /// <inheritdoc/>
    public BuildLease? TryLease(string runner, IReadOnlyList<ServedGroup> groups)
    {
        _served.Seen(runner, groups);
        if (database.Read(connection => Pin.AnyOnTheWay(connection, database.Clock.GetUtcNow()))) return null;
        _plan.Keep(_served.Now);
        return database.Read(connection => Next(connection, null, groups)) is null ? null : database.Write(transaction => Lease(transaction, runner, groups));
    }

    private sealed record Row(
        long Id, string RequestId, string Package, string Project, string Name, string Dist, string Arch, string Type, string Commit, string Tree, string? DistFile, long Epoch, long Rebuild)
    {
        public BuildLease Lease(int attempt, Lease lease) => new(
            Id, attempt, lease, RequestId, Package, Project, Name, Dist, Arch, Type, Commit, Digest.Parse(Tree), DistFile is null ? null : Digest.Parse(DistFile), Epoch, (int)Rebuild);
    }

    private const string Columns = """
        SELECT id AS Id, request_id AS RequestId, package AS Package, project AS Project, name AS Name, dist AS Dist, arch AS Arch, type AS Type,
            commit_id AS "Commit", tree AS Tree, dist_file AS DistFile, epoch AS Epoch, rebuild AS Rebuild FROM builds_build b
        """;

    private Row? Next(IDbConnection connection, IDbTransaction? transaction, IReadOnlyList<ServedGroup> groups) => connection.QueryFirstOrDefault<Row>($"""
        {Columns} WHERE state = 'queued' AND not_before <= @now AND runner_group || ' ' || arch IN @groups
        ORDER BY priority DESC, (SELECT count(*) FROM builds_build r WHERE r.state = 'running' AND r.project = b.project), id LIMIT 1
        """, new { now = Now, groups = groups.SelectMany(one => new[] { $"{one.Group} {one.Arch}", $"local {one.Arch}" }).Distinct() }, transaction);

    private BuildLease? Lease(IDbTransaction transaction, string runner, IReadOnlyList<ServedGroup> groups)
    {
        var connection = transaction.Connection!;
        if (Next(connection, transaction, groups) is not { } row || _leases.TryTake(transaction, $"build/{row.Id}", runner) is not { } lease) return null;
        var number = connection.ExecuteScalar<int>("SELECT coalesce(max(number), 0) + 1 FROM builds_attempt WHERE build_id = @Id", new { row.Id }, transaction);
        connection.Execute("INSERT INTO builds_attempt(build_id, number, fence, runner, state, started) VALUES(@Id, @number, @Fence, @runner, 'leased', @now)",
            new { row.Id, number, lease.Fence, runner, now = Now }, transaction);
        connection.Execute("UPDATE builds_build SET state = 'running', reason = NULL, started = coalesce(started, @now) WHERE id = @Id", new { row.Id, now = Now }, transaction);
        return row.Lease(number, lease);
    }

    /// <summary>The build that a runner holds under this fence; null when it does not, or not any more.</summary>
    /// <param name="runner">The runner's name.</param>
    public BuildLease? Held(string runner, long build, long fence) => database.Read(connection => connection.QuerySingleOrDefault<(int Number, string Holder)?>("""
        SELECT number, runner FROM builds_attempt WHERE build_id = @build AND fence = @fence AND state IN ('leased', 'preparing', 'building', 'collecting')
        """, new { build, fence }) is { } attempt && attempt.Holder.StartsWith($"{runner}#", StringComparison.Ordinal)
        ? connection.QuerySingle<Row>($"{Columns} WHERE id = @build", new { build }).Lease(attempt.Number, new Lease($"build/{build}", attempt.Holder, fence))
        : null);

    /// <inheritdoc/>
    public ProjectContent Provide(BuildLease lease, string scratch) => published.For(lease.Project, lease.Dist);

    /// <inheritdoc/>
    public void ProvideSources(BuildLease lease, string sourceDirectory)
    {
        // The store is the service's own.
    }

    /// <inheritdoc/>
    public bool Renew(BuildLease lease) => _leases.Renew(lease.Lease) && database.Read(connection => connection.ExecuteScalar<string>(
        "SELECT state FROM builds_build WHERE id = @Build", new { lease.Build })) == "running";

    /// <inheritdoc/>
    public void Enter(BuildLease lease, AttemptState state) => database.Write(transaction =>
    {
        Demand(transaction, lease);
        transaction.Connection!.Execute("UPDATE builds_attempt SET state = @state WHERE build_id = @Build AND number = @Attempt",
            new { state = state.Word(), lease.Build, lease.Attempt }, transaction);
    });

    /// <inheritdoc/>
    public void RootReady(BuildLease lease, string buildRoot)
    {
        database.Write(transaction =>
        {
            Demand(transaction, lease);
            Outbox.Add(transaction, Response(lease, "CBPrepare", ResponseTexts.BuildRootReady, ResponseCodes.BuildRootSetupSucceeded) with
            {
                PackagePrepare = new(LogFile(lease), SolverFile(lease), buildRoot, 0),
            });
        });
        outbox.Send();
    }

    /// <inheritdoc/>
    public void Succeed(BuildLease lease, AttemptRecord record, IReadOnlyList<BuildResult> results)
    {
        AttemptFiles.WriteRecords(data, lease, record);
        var places = AttemptFiles.Place(data, store, lease.Build, results);
        End(lease, transaction => Succeed(transaction, lease, record, results, places));
    }

    private void Succeed(IDbTransaction transaction, BuildLease lease, AttemptRecord record, IReadOnlyList<BuildResult> results, IReadOnlyList<string> places)
    {
        foreach (var result in results)
        {
            transaction.Connection!.Execute("INSERT INTO builds_result VALUES(@Build, @Name, @digest, @Size)",
                new { lease.Build, result.Name, digest = result.Digest.ToString(), result.Size }, transaction);
            Ledger.Record(transaction, new Node("file", result.Digest.ToString()), BuildQueue.BuildNode(lease.Build));
        }
        transaction.Connection!.Execute("UPDATE builds_build SET chosen = @chosen WHERE id = @Build", new { chosen = JsonSerializer.Serialize(SolverJson.AskedFor(record.SolverJson)), lease.Build }, transaction);
        EndAttempt(transaction, lease, AttemptState.Succeeded, null, record);
        EndBuild(transaction, lease.Build, BuildState.Succeeded, null);
        Answer(transaction, lease, lease.IsImage ? ResponseCodes.ImageBuildSucceeded : ResponseCodes.PackageBuildSucceeded, record, places);
    }

    /// <inheritdoc/>
    public void Fail(BuildLease lease, AttemptRecord record, string cause, bool infrastructure, string code)
    {
        AttemptFiles.WriteRecords(data, lease, record);
        End(lease, transaction => Fail(transaction, lease, record, cause, infrastructure, code));
    }

    private void Fail(IDbTransaction transaction, BuildLease lease, AttemptRecord record, string cause, bool infrastructure, string code)
    {
        EndAttempt(transaction, lease, AttemptState.Failed, cause, record);
        if (infrastructure && TryAgain(transaction, lease.Build, cause)) return;
        EndBuild(transaction, lease.Build, BuildState.Failed, cause);
        if (code == ResponseCodes.BuildRootSetupFailed && !lease.IsImage)
            Outbox.Add(transaction, Response(lease, "CBPrepare", cause, code) with { PackagePrepare = new(LogFile(lease), SolverFile(lease), "none", record.ExitCode) });
        else Answer(transaction, lease, lease.IsImage ? ResponseCodes.ImageBuildFailed : code, record, []);
    }

    /// <inheritdoc/>
    public void HandBack(BuildLease lease) => End(lease, transaction =>
    {
        EndAttempt(transaction, lease, AttemptState.Cancelled, "handed back by the runner", new());
        Requeue(transaction, lease.Build, 0);
    });

    /// <inheritdoc/>
    public void Stopped(BuildLease lease)
    {
        database.Write(transaction =>
        {
            if (!Leases.Holds(transaction, lease.Lease)) return;
            EndAttempt(transaction, lease, AttemptState.Cancelled, "the build was cancelled", new());
            _leases.Release(transaction, lease.Lease);
        });
        bells.Runner.Ring();
        bells.Collect.Ring();
    }

    /// <inheritdoc/>
    public int GiveUpLost(string? runner = null)
    {
        var prefix = runner?[..(runner.IndexOf('#', StringComparison.Ordinal) + 1)];
        var expired = _leases.Expired().Select(lease => lease.Subject).ToHashSet(StringComparer.Ordinal);
        var lost = database.Read(connection => connection.Query<(long Build, int Number, string Runner, long Fence)>(
            "SELECT build_id, number, runner, fence FROM builds_attempt WHERE state IN ('leased', 'preparing', 'building', 'collecting')"))
            .Where(one => expired.Contains($"build/{one.Build}") || (prefix is not null && one.Runner != runner && one.Runner.StartsWith(prefix, StringComparison.Ordinal))).ToList();
        foreach (var (build, number, holder, fence) in lost) GiveUp(build, number, new Lease($"build/{build}", holder, fence));
        return lost.Count;
    }

    private void GiveUp(long build, int number, Lease lease) => database.Write(transaction =>
    {
        var connection = transaction.Connection!;
        connection.Execute("UPDATE builds_attempt SET state = 'lost', cause = 'its runner is gone', finished = @now WHERE build_id = @build AND number = @number",
            new { build, number, now = Now }, transaction);
        _leases.Release(transaction, lease);
        if (connection.ExecuteScalar<string>("SELECT state FROM builds_build WHERE id = @build", new { build }, transaction) != "running") return;
        if (!TryAgain(transaction, build, "its runner is gone", immediately: true)) EndBuild(transaction, build, BuildState.Failed, $"its runner was lost {MaxAttempts} times");
    });

    private bool TryAgain(IDbTransaction transaction, long build, string cause, bool immediately = false)
    {
        var failures = transaction.Connection!.ExecuteScalar<int>("UPDATE builds_build SET failures = failures + 1 WHERE id = @build RETURNING failures", new { build }, transaction);
        if (failures >= MaxAttempts) return false;
        Requeue(transaction, build, immediately ? 0 : Now + 5000 * failures * failures, $"try {failures + 1} after: {cause}");
        return true;
    }

    private static void Requeue(IDbTransaction transaction, long build, long notBefore, string? reason = null) => transaction.Connection!.Execute(
        "UPDATE builds_build SET state = 'queued', reason = @reason, not_before = @notBefore WHERE id = @build", new { build, notBefore, reason }, transaction);

    private void End(BuildLease lease, Action<IDbTransaction> write)
    {
        database.Write(transaction =>
        {
            Demand(transaction, lease);
            write(transaction);
            _leases.Release(transaction, lease.Lease);
        });
        outbox.Send();
        bells.Collect.Ring();
        bells.Runner.Ring();
    }

    private static void Demand(IDbTransaction transaction, BuildLease lease)
    {
        var state = transaction.Connection!.ExecuteScalar<string>("SELECT state FROM builds_build WHERE id = @Build", new { lease.Build }, transaction);
        if (state != "running" || !Leases.Holds(transaction, lease.Lease)) throw new LeaseLostException(lease);
    }

    private void EndAttempt(IDbTransaction transaction, BuildLease lease, AttemptState state, string? cause, AttemptRecord record) => transaction.Connection!.Execute("""
        UPDATE builds_attempt SET state = @state, cause = @cause, finished = @now, root = @Root, limits = @Limits, solver = @SolverJson,
            peak_memory = @PeakMemoryBytes, prepare_ms = @prepare, build_ms = @build, exit_code = @ExitCode
        WHERE build_id = @Build AND number = @Attempt
        """, new
    {
        state = state.Word(),
        cause,
        now = Now,
        record.Root,
        record.Limits,
        record.SolverJson,
        record.PeakMemoryBytes,
        record.ExitCode,
        prepare = (long?)record.Prepare?.TotalMilliseconds,
        build = (long?)record.Build?.TotalMilliseconds,
        lease.Build,
        lease.Attempt,
    }, transaction);

    private void EndBuild(IDbTransaction transaction, long build, BuildState state, string? cause) => transaction.Connection!.Execute(
        "UPDATE builds_build SET state = @state, cause = @cause, reason = NULL, finished = @now WHERE id = @build",
        new { state = state.Word(), cause, build, now = Now }, transaction);

    private void Answer(IDbTransaction transaction, BuildLease lease, string code, AttemptRecord record, IReadOnlyList<string> places) =>
        Outbox.Add(transaction, lease.IsImage ? ImageAnswer(lease, code, record, places) : Response(lease, "CBRun", ResponseTexts.PackageBuildFinished, code) with
        {
            Package = new(LogFile(lease), LogFile(lease), SolverFile(lease), places, record.ExitCode),
        });

    private BuildResponse ImageAnswer(BuildLease lease, string code, AttemptRecord record, IReadOnlyList<string> places) =>
        Response(lease, "CBImage", code == ResponseCodes.ImageBuildSucceeded ? ResponseTexts.ImageBuildFinished : ResponseTexts.ImageBuildFailed, code) with
        {
            Image = new(LogFile(lease), SolverFile(lease), places, record.ExitCode),
        };

    private BuildResponse Response(BuildLease lease, string service, string message, string code) => new()
    {
        Identity = identity.Of(service, service == "CBRun" ? lease.Package : lease.Name),
        RequestId = lease.RequestId,
        Project = lease.Package,
        Message = message,
        ResponseCode = code,
    };

    private string LogFile(BuildLease lease) => AttemptLog.PathOf(data, lease.Build, lease.Attempt);

    private string SolverFile(BuildLease lease) => Path.Combine(data.Build(lease.Build), "solver.json");

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
}
