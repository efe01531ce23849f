using System.Globalization;

namespace Slipway.Messages.Brokers;

/// <summary>What a topic's settings are at a broker that keeps several replicas.</summary>
/// <param name="Replicas">Replicas of the partition that has the fewest.</param>
/// <param name="MinInSync">How many of them must have a message before it counts as published. Unset: unknown.</param>
/// <param name="Retention">How long messages are kept. Unset: for ever.</param>
/// <param name="CleanupPolicy">Delete or compact. Unset: delete.</param>
public sealed record TopicSettings(string Topic, int Replicas, int? MinInSync, TimeSpan? Retention, string CleanupPolicy = "delete");

/// <summary>One thing that may lose messages of a topic.</summary>
/// <param name="Setting">The broker's name of it.</param>
/// <param name="Wanted">The value that mends it. Unset: it cannot be mended from here.</param>
public sealed record TopicFault(string Topic, string Setting, string Now, string? Wanted, string Why);

/// <summary>Decides whether a topic's settings are safe.</summary>
public static class TopicSafety
{
    /// <summary>Requests and answers outlive a service that is down over a long weekend.</summary>
    private static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    // Questions are asked again by whoever still waits.
    private static readonly TimeSpan QuestionRetention = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<TopicFault> Judge(TopicSettings topic, int brokers)
    {
        var faults = new List<TopicFault>();
        var wantedReplicas = Math.Min(3, brokers);
        if (topic.Replicas < wantedReplicas)
            faults.Add(new(topic.Topic, "replication.factor", Text(topic.Replicas), null, $"a broker that is lost takes messages with it; reassign the partitions to {wantedReplicas} replicas"));
        // With two replicas a minimum of two would stop all writing when one broker is away.
        var wantedInSync = topic.Replicas >= 3 ? 2 : 1;
        if (topic.MinInSync is { } least && least < wantedInSync)
            faults.Add(new(topic.Topic, "min.insync.replicas", Text(least), Text(wantedInSync), "a message counts as published while one broker alone has it"));
        if (topic.MinInSync > topic.Replicas)
            faults.Add(new(topic.Topic, "min.insync.replicas", Text(topic.MinInSync.Value), Text(wantedInSync), $"there are {topic.Replicas} replicas, so nothing can be published"));
        var wanted = topic.Topic is Topics.InfoRequest or Topics.InfoResponse ? QuestionRetention : Retention;
        if (topic.Retention < wanted)
            faults.Add(new(topic.Topic, "retention.ms", Text((long)topic.Retention.Value.TotalMilliseconds), Text((long)wanted.TotalMilliseconds),
                $"what comes while the service is down for longer than {topic.Retention.Value} is lost"));
        if (topic.CleanupPolicy.Contains("compact", StringComparison.Ordinal))
            faults.Add(new(topic.Topic, "cleanup.policy", topic.CleanupPolicy, "delete", "messages of one key replace each other, and all responses to a request have its id as key"));
        return faults;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
