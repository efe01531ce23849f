using System.Text.RegularExpressions;
using Dapper;
using Slipway.Content;
using Slipway.Messages;
using Slipway.Messages.Brokers;
using Slipway.State;

namespace Slipway.Builds;

/// <summary>
/// Takes requests from the topics of the runner groups. A request is a durable row before it is acknowledged; one that comes
/// twice is one; what cannot be used becomes a dead letter with the reason.
/// </summary>
public sealed partial class RequestIntake(
    IReadOnlyList<SourceRepository> sources, Database database, ContentStore store, IBroker broker, Outbox outbox, BuildBells bells, Identity identity, string hostArch, Action<string> say,
    IReadOnlyList<string>? groups = null)
{
    private const int Batch = 50;
    private readonly BuildQueue _queue = new(database, identity);

    /// <summary>Takes what is there now; returns how many messages that were.</summary>
    public int Step()
    {
        var taken = 0;
        // A broker that is shared has topics of other programs, and groups that other runners serve.
        foreach (var topic in groups ?? broker.Topics().Where(Topics.IsRunnerGroup))
        {
            foreach (var delivery in broker.Poll(new Subscription(topic, Topics.RunnerConsumerGroup), Batch))
            {
                Take(delivery);
                taken++;
            }
        }
        if (taken == 0) return 0;
        outbox.Send();
        bells.Runner.Ring();
        return taken;
    }

    /// <summary>Takes requests as they come; an error is said and tried again.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                // What an earlier process wrote down and did not send goes first.
                outbox.Send();
                while (Step() > 0) cancellation.ThrowIfCancellationRequested();
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                say($"taking requests failed and is tried again: {error.Message}");
                await Task.Delay(1000, cancellation).ConfigureAwait(false);
            }
            await broker.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private void Take(Delivery delivery)
    {
        if (MessageCodec.ReadBuildRequest(delivery.Body, out var errors) is not { } request)
            broker.Refuse(delivery, $"no build request: {string.Join("; ", errors)}");
        else if (!RequestId().IsMatch(request.RequestId))
            broker.Refuse(delivery, "request_id: must be 1 to 64 letters, digits or dashes");
        else if (Record(delivery.Subscription.Topic, request) is { } refusal)
            broker.Refuse(delivery, refusal);
        else
            broker.Acknowledge(delivery);
    }

    // Returns why the message is a dead letter, or null when the request is recorded.
    private string? Record(string topic, BuildRequest request)
    {
        var content = Digest.Of(MessageCodec.Write(request)).ToString();
        if (Earlier(request.RequestId) is { } earlier) return earlier == content ? null : "request_id: was used before by a request with other content";
        var (decision, pin) = Judge(request);
        database.Write(transaction =>
        {
            transaction.Connection!.Execute("INSERT INTO builds_request VALUES(@RequestId, @content, @topic, @Project, @target, @Action, @now, @Code)",
                new { request.RequestId, content, topic, request.Project, target = Target(request), request.Action, now = Now, decision.Code }, transaction);
            Answer(transaction, request, decision);
            if (decision.Accepted) _queue.Add(transaction, request, decision.Target, pin!);
        });
        say($"request {request.RequestId} for {request.Project} {Target(request)}: {decision.Message}");
        return null;
    }

    private string? Earlier(string requestId) => database.Read(connection =>
        connection.ExecuteScalar<string?>("SELECT content FROM builds_request WHERE request_id = @requestId", new { requestId }));

    private (RequestDecision, QueuedSource?) Judge(BuildRequest request)
    {
        if (!PackagePath.TryParse(request.Project, out var path)) return (RequestDecision.Of(request, new(false, null, request.Project), hostArch), null);
        var pin = database.Read(connection => Pin.Read(connection, request.RequestId));
        var candidates = pin is null ? sources : [.. sources.Where(source => source.Name == pin.Repository)];
        foreach (var source in candidates)
        {
            // Who asks without a pin means the newest commit, and nobody else may fetch for this machine.
            if (pin is null) source.Update();
            if ((pin?.Commit ?? source.Head()) is not { } commit || source.Git.ObjectOf(commit, BytePath.From(request.Project)) is null) continue;
            var pins = new SourcePins(source, commit, store);
            var view = new ProjectView(true, pins.Read($"{path}/.cb/cloud_builder.yml"), $"{source.Directory}/{path}");
            var decision = RequestDecision.Of(request, view, hostArch);
            return (decision, decision.Accepted ? QueuedSource.Of(request, path, pin, pins, store) : null);
        }
        return (RequestDecision.Of(request, new(false, null, $"{(sources.Count > 0 ? sources[0].Directory : "")}/{request.Project}"), hostArch), null);
    }

    private void Answer(System.Data.IDbTransaction transaction, BuildRequest request, RequestDecision decision) => Outbox.Add(transaction, new BuildResponse
    {
        Identity = identity.Of("CBScheduler", request.Project[(request.Project.LastIndexOf('/') + 1)..]),
        RequestId = request.RequestId,
        Project = decision.Project,
        Message = decision.Message,
        ResponseCode = decision.Code,
        Target = decision.Target,
    });

    private static string Target(BuildRequest request) => (request.Package, request.Image) switch
    {
        ({ } package, _) => $"{package.Dist}.{package.Arch}",
        (_, { } image) => $"{image.Selection}.{image.Arch}",
        _ => "",
    };

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    [GeneratedRegex(@"\A[0-9A-Za-z-]{1,64}\z")]
    private static partial Regex RequestId();
}
