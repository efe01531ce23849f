namespace Slipway.Messages;

/// <summary>Names of the topics of the build service; a runner group's topic is the group's name itself.</summary>
public static class Topics
{
    /// <summary>Where every service reports what became of a request.</summary>
    public const string Response = "cb-response";
    /// <summary>Questions about a package's or image's last build.</summary>
    public const string InfoRequest = "cb-info-request";
    /// <summary>Answers to <see cref="InfoRequest"/>.</summary>
    public const string InfoResponse = "cb-info-response";
    /// <summary>Where brokers that are not embedded keep what could not be understood.</summary>
    public const string DeadLetters = "slipway-dead-letters";
    /// <summary>The runner group of a runner whose configuration names none.</summary>
    public const string DefaultRunnerGroup = "cb-build-request";
    /// <summary>The consumer group that shares every runner group's topic.</summary>
    public const string RunnerConsumerGroup = "cb-group";

    /// <summary>Whether a topic carries build requests, that is, is neither one of the fixed topics nor one of Slipway's own.</summary>
    public static bool IsRunnerGroup(string topic) =>
        topic is not (Response or InfoRequest or InfoResponse) && !topic.StartsWith("slipway-", StringComparison.Ordinal);
}
