using System.Data;
using System.Globalization;
using Dapper;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.Packages;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// Answers questions about the last build of a target, over messages as the ancestor's cb-info did and for whoever asks directly. Where
/// nothing was ever built it is silent, unless it was told to answer always.
/// </summary>
/// <param name="respondAlways">True: an answer without content for a target that was never built.</param>
public sealed class InfoAnswers(Database database, IBroker broker, Identity identity, DataDirectory data, bool respondAlways, Action<string> say)
{
    private const int Batch = 50;
    private const string Nothing = "none";
    private const string Unknown = "unknown";

    private sealed record Row(long Id, string State, string? Cause, long Attempt, long Started, string? AttemptCause);

    /// <summary>What is known of the target's last build; null means silence.</summary>
    public InfoResponse? Answer(InfoRequest request)
    {
        var row = database.Read(connection => Last(connection, request));
        if (row is null && !respondAlways) return null;
        var log = row is null ? Nothing : Existing(AttemptLog.PathOf(data, row.Id, (int)row.Attempt));
        return new InfoResponse
        {
            Identity = identity.Of("CBInfo", request.Project),
            RequestId = request.RequestId,
            Project = request.Project,
            SourceIp = identity.Host,
            IsRunning = row?.State == "running",
            BinaryPackages = row is { State: "succeeded" } ? Binaries(row.Id) : [],
            LogFile = log,
            SolverFile = row is null ? Nothing : Existing(Path.Combine(data.Build(row.Id), "solver.json")),
            UtcModificationTime = row is null ? Nothing : DateTimeOffset.FromUnixTimeMilliseconds(row.Started).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
            BuildStatus = Status(row?.State, request.Image is not null),
            Package = request.Package is { } package ? new(package.Arch, package.Dist, log) : null,
            Image = request.Package is null ? request.Image : null,
        };
    }

    private static Row? Last(IDbConnection connection, InfoRequest request) => connection.QueryFirstOrDefault<Row>("""
        SELECT b.id AS Id, b.state AS State, b.cause AS Cause, a.number AS Attempt, a.started AS Started, a.cause AS AttemptCause
        FROM builds_build b JOIN builds_attempt a ON a.build_id = b.id
        WHERE b.package = @Project AND b.dist = @dist AND b.arch = @arch AND b.image = @isImage ORDER BY a.started DESC, b.id DESC, a.number DESC LIMIT 1
        """, new
    {
        request.Project,
        dist = request.Package?.Dist ?? request.Image?.Selection,
        arch = request.Package?.Arch ?? request.Image?.Arch,
        isImage = request.Package is null,
    });

    private List<string> Binaries(long build)
    {
        var names = database.Read(connection => connection.Query<string>("SELECT name FROM builds_result WHERE build_id = @build ORDER BY name", new { build }).ToList());
        return [.. names.Where(name => PackageFile.TypeOf(name) is not null).Select(name => Path.Combine(data.Build(build), "results", name))];
    }

    private static string Existing(string file) => File.Exists(file) ? file : Nothing;

    // What the ancestor calls by other names it answers as unknown; a build that runs has no result yet, whatever the one before it had.
    private static string Status(string? state, bool image) => (state, image) switch
    {
        ("succeeded", false) => ResponseCodes.PackageBuildSucceeded,
        ("succeeded", true) => ResponseCodes.ImageBuildSucceeded,
        ("failed", false) => ResponseCodes.PackageBuildFailed,
        ("failed", true) => ResponseCodes.ImageBuildFailed,
        _ => Unknown,
    };

    /// <summary>Answers what was asked since; returns how many messages that were.</summary>
    public int Step()
    {
        var questions = broker.Poll(new Subscription(Topics.InfoRequest, identity.Host), Batch);
        foreach (var question in questions) Reply(question);
        return questions.Count;
    }

    private void Reply(Delivery question)
    {
        if (MessageCodec.ReadInfoRequest(question.Body, out var errors) is not { } request)
        {
            broker.Refuse(question, $"no info request: {string.Join("; ", errors)}");
            return;
        }
        if (Answer(request) is { } answer) broker.Publish([new(Topics.InfoResponse, request.RequestId, MessageCodec.Write(answer))]);
        broker.Acknowledge(question);
    }

    /// <summary>Answers questions as they come; an error is said and tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                while (Step() > 0) cancellation.ThrowIfCancellationRequested();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                say($"answering questions failed and is tried again: {error.Message}");
                await Task.Delay(1000, cancellation).ConfigureAwait(false);
            }
            await Task.Delay(Pause, database.Clock, cancellation).ConfigureAwait(false);
        }
    }

    // The broker wakes those who take requests; a question can wait this long.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
}
