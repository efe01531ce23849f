using System.Data;
using Dapper;
using Slipway.Content;
using Slipway.Releases.Planning;
using Slipway.Releases.Watching;
using Slipway.State;

namespace Slipway.Releases.Records;

/// <summary>The runs of all streams with their stages, decisions and failures.</summary>
public sealed class RunLog(Database database)
{
    private const string Columns = "id, stream, version, plan, content, survey, fingerprint, timestamp, state, failure, started, ended";

    public StreamHistory History(string stream, string fingerprint) => database.Read(c =>
    {
        var answered = c.ExecuteScalar<string?>("SELECT answered FROM releases_stream WHERE stream = @stream", new { stream });
        var failed = c.QuerySingleOrDefault<(long Attempts, long SameAgain, string Reason, long At)?>(
            "SELECT attempts, same_again, reason, at FROM releases_failure WHERE stream = @stream AND fingerprint = @fingerprint", new { stream, fingerprint });
        return new StreamHistory
        {
            Answered = answered is null ? null : ReleaseJson.Read<InputSurvey>(answered),
            LastVersion = (uint)Sequences.Last(c, Sequence(stream)),
            Running = (uint?)c.ExecuteScalar<long?>("SELECT version FROM releases_run WHERE stream = @stream AND state = 'running'", new { stream }),
            Failed = failed is { } f ? new FailedInputs(
                (int)f.Attempts, f.SameAgain != 0, f.Reason, database.Now - f.At >= FailedInputs.RestAfter((int)f.Attempts).TotalSeconds) : null,
        };
    });

    /// <summary>Runs that were begun and neither ended nor failed: what a restart goes on with.</summary>
    public IReadOnlyList<ReleaseRun> Unfinished(string stream) => Query("state = 'running' AND stream = @stream ORDER BY id", new { stream });

    public IReadOnlyList<ReleaseRun> Newest(string stream, int count) => Query("stream = @stream ORDER BY id DESC LIMIT @count", new { stream, count });

    public ReleaseRun? Find(long id) => Query("id = @id", new { id }).SingleOrDefault();

    /// <summary>Burns the versions' numbers and writes the runs and their releases, all at once.</summary>
    public IReadOnlyList<ReleaseRun> Begin(IReadOnlyList<(ReleasePlan Plan, Digest Content, string ContentKey)> planned, InputSurvey survey) =>
        database.Write(t => planned.Select(p => Begin(t, p.Plan, p.Content, p.ContentKey, survey)).ToList());

    private ReleaseRun Begin(IDbTransaction t, ReleasePlan plan, Digest content, string contentKey, InputSurvey survey)
    {
        if (Sequences.Last(t.Connection!, Sequence(plan.Stream)) >= plan.Version)
            throw new SlipwayException($"plan version {plan.Version} of {plan.Stream}", "its number was given to another run in the meantime", "let the watcher plan again") { Kind = FailureKind.Blocked };
        Sequences.Burn(t, Sequence(plan.Stream), plan.Version);
        var now = database.Now;
        var id = t.Connection!.ExecuteScalar<long>(
            """
            INSERT INTO releases_run (stream, version, plan, content, survey, fingerprint, timestamp, state, started)
            VALUES (@Stream, @Version, @plan, @content, @survey, @fingerprint, @now, 'running', @now) RETURNING id
            """,
            new { plan.Stream, plan.Version, plan = ReleaseJson.Write(plan), content = content.ToString(), survey = ReleaseJson.Write(survey), fingerprint = survey.Fingerprint.ToString(), now }, t);
        t.Connection!.Execute(
            """
            INSERT INTO releases_release (stream, version, run, state, format, previous, content, content_key, packages, created)
            VALUES (@Stream, @Version, @id, 'planned', @Format, @Previous, @content, @contentKey, @PackageCount, @now)
            """,
            new { plan.Stream, plan.Version, id, plan.Format, plan.Previous, content = content.ToString(), contentKey, plan.PackageCount, now }, t);
        return new ReleaseRun(id, plan.Stream, plan.Version, plan, content, survey, survey.Fingerprint.ToString(), now, RunState.Running, null, now, null);
    }

    public IReadOnlyList<StageRecord> Stages(long run) => database.Read(c => c.Query<StageRow>(
            "SELECT stage, state, inputs, outputs, started, seconds, starts FROM releases_stage WHERE run = @run ORDER BY position", new { run })
        .Select(r => new StageRecord(r.Stage, r.State == "done", Map(r.Inputs), Map(r.Outputs), r.Started, r.Seconds, (int)r.Starts)).ToList());

    public void BeginStage(IDbTransaction t, long run, int position, string stage, IReadOnlyDictionary<string, string> inputs) => t.Connection!.Execute(
        """
        INSERT INTO releases_stage (run, position, stage, state, inputs, outputs, started, starts) VALUES (@run, @position, @stage, 'running', @inputs, '{}', @Now, 1)
        ON CONFLICT (run, stage) DO UPDATE SET starts = starts + 1, started = @Now, inputs = @inputs
        """,
        new { run, position, stage, inputs = ReleaseJson.Write(inputs), database.Now }, t);

    public void EndStage(IDbTransaction t, long run, string stage, IReadOnlyDictionary<string, string> outputs, double seconds) => t.Connection!.Execute(
        "UPDATE releases_stage SET state = 'done', outputs = @outputs, ended = @Now, seconds = @seconds WHERE run = @run AND stage = @stage",
        new { run, stage, outputs = ReleaseJson.Write(outputs), seconds, database.Now }, t);

    /// <summary>Ends a run well: its inputs are answered.</summary>
    public void Succeed(IDbTransaction t, ReleaseRun run)
    {
        t.Connection!.Execute("UPDATE releases_run SET state = 'succeeded', ended = @Now WHERE id = @Id", new { run.Id, database.Now }, t);
        // Versions that are made together answer their inputs together.
        if (!run.Plan.EndsChain)
            return;
        if (!run.Plan.IsRollback)
            t.Connection!.Execute("DELETE FROM releases_failure WHERE stream = @Stream AND fingerprint = @Fingerprint", new { run.Stream, run.Fingerprint }, t);
        Answer(t, run.Stream, run.Survey);
    }

    /// <summary>Ends a run badly and remembers what became of its inputs.</summary>
    public void Fail(IDbTransaction t, ReleaseRun run, bool blocked, bool sameAgain, string reason)
    {
        var state = blocked ? "blocked" : "failed";
        t.Connection!.Execute("UPDATE releases_run SET state = @state, failure = @reason, ended = @Now WHERE id = @Id", new { run.Id, state, reason, database.Now }, t);
        t.Connection!.Execute("UPDATE releases_release SET state = @state WHERE stream = @Stream AND version = @Version", new { run.Stream, run.Version, state }, t);
        foreach (var version in run.Plan.Chain.Where(v => v != run.Version))
        {
            var because = $"version {run.Version}, which it is made with, {state}: {reason}";
            t.Connection!.Execute("UPDATE releases_run SET state = 'failed', failure = @because, ended = @Now WHERE stream = @Stream AND version = @version", new { run.Stream, version = (long)version, because, database.Now }, t);
            t.Connection!.Execute("UPDATE releases_release SET state = 'failed' WHERE stream = @Stream AND version = @version", new { run.Stream, version = (long)version }, t);
        }
        NoteFailure(t, run.Stream, run.Fingerprint, sameAgain, reason);
    }

    public void NoteFailure(IDbTransaction t, string stream, string fingerprint, bool sameAgain, string reason) => t.Connection!.Execute(
        """
        INSERT INTO releases_failure (stream, fingerprint, attempts, same_again, reason, at) VALUES (@stream, @fingerprint, 1, @sameAgain, @reason, @Now)
        ON CONFLICT (stream, fingerprint) DO UPDATE SET attempts = attempts + 1, same_again = max(same_again, @sameAgain), reason = @reason, at = @Now
        """,
        new { stream, fingerprint, sameAgain = sameAgain ? 1 : 0, reason, database.Now }, t);

    /// <summary>Lets inputs that failed be tried again.</summary>
    public static void Forgive(IDbTransaction t, string stream) =>
        t.Connection!.Execute("DELETE FROM releases_failure WHERE stream = @stream", new { stream }, t);

    /// <summary>Notes that these inputs led to what is there now.</summary>
    public static void Answer(IDbTransaction t, string stream, InputSurvey survey) => t.Connection!.Execute(
        "INSERT INTO releases_stream (stream, answered) VALUES (@stream, @survey) ON CONFLICT (stream) DO UPDATE SET answered = @survey",
        new { stream, survey = ReleaseJson.Write(survey) }, t);

    public void NoteDecision(string stream, Decision decision) => database.Write(t => t.Connection!.Execute(
        "INSERT INTO releases_stream (stream, decision, decided) VALUES (@stream, @text, @Now) ON CONFLICT (stream) DO UPDATE SET decision = @text, decided = @Now",
        new { stream, text = ReleaseJson.Write(decision), database.Now }, t));

    public IReadOnlyList<(string Stream, Decision? Decision, long? At)> Streams() => database.Read(c =>
        c.Query<(string Stream, string? Decision, long? At)>("SELECT stream, decision, decided FROM releases_stream ORDER BY stream")
            .Select(r => (r.Stream, r.Decision is null ? null : ReleaseJson.Read<Decision>(r.Decision), r.At)).ToList());

    internal static string Sequence(string stream) => $"release/{stream}";

    private List<ReleaseRun> Query(string where, object parameters) => database.Read(c =>
        c.Query<RunRow>($"SELECT {Columns} FROM releases_run WHERE {where}", parameters).Select(r => r.ToRun()).ToList());

    private static Dictionary<string, string> Map(string json) => ReleaseJson.Read<Dictionary<string, string>>(json);

    private sealed class StageRow
    {
        public string Stage { get; init; } = "";
        public string State { get; init; } = "";
        public string Inputs { get; init; } = "";
        public string Outputs { get; init; } = "";
        public long Started { get; init; }
        public double? Seconds { get; init; }
        public long Starts { get; init; }
    }

    private sealed class RunRow
    {
        public long Id { get; init; }
        public string Stream { get; init; } = "";
        public long Version { get; init; }
        public string Plan { get; init; } = "";
        public string Content { get; init; } = "";
        public string Survey { get; init; } = "";
        public string Fingerprint { get; init; } = "";
        public long Timestamp { get; init; }
        public string State { get; init; } = "";
        public string? Failure { get; init; }
        public long Started { get; init; }
        public long? Ended { get; init; }

        public ReleaseRun ToRun() => new(
            Id, Stream, (uint)Version, ReleaseJson.Read<ReleasePlan>(Plan), Digest.Parse(Content), ReleaseJson.Read<InputSurvey>(Survey), Fingerprint, Timestamp,
            Enum.Parse<RunState>(State, ignoreCase: true), Failure, Started, Ended);
    }
}
