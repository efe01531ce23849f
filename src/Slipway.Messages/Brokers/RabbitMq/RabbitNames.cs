namespace Slipway.Messages.Brokers.RabbitMq;

/// <summary>
/// What a topic is at RabbitMQ: a fanout exchange of its name, a stream that keeps its messages for watchers, and for every group a
/// quorum queue that its subscribers share.
/// </summary>
internal static class RabbitNames
{
    /// <summary>The stream of the names of all topics: the protocol has no way to list them.</summary>
    public const string Topics = "slipway-topics";

    private const string Retention = "7D";

    // Small segments, since whole ones are dropped when they are too old.
    private const long SegmentBytes = 16 << 20;

    public static string Log(string topic) => $"{topic}/log";

    public static string Queue(string topic, string group) => $"{topic}/group/{group}";

    public static Dictionary<string, object?> Quorum { get; } = new() { ["x-queue-type"] = "quorum" };

    public static Dictionary<string, object?> Stream { get; } = new() { ["x-queue-type"] = "stream", ["x-max-age"] = Retention, ["x-stream-max-segment-size-bytes"] = SegmentBytes };
}
