namespace Slipway.Messages;

/// <summary>A package target: the dist and the architecture to build for.</summary>
public sealed record PackageTarget(string Arch, string Dist);

/// <summary>An image target: the selection of an image description and the architecture.</summary>
public sealed record ImageTarget(string Arch, string Selection);

/// <summary>Asks the runners of a group for one build of one target; sent to the topic that is named like the group.</summary>
public sealed record BuildRequest
{
    public required string RequestId { get; init; }
    /// <summary>The package's path in the source repository, <c>projects/...</c>.</summary>
    public required string Project { get; init; }
    public required string RunnerGroup { get; init; }
    public required string Action { get; init; }
    /// <summary>By convention exactly one of this and <see cref="Image"/>; the format allows both and neither.</summary>
    public PackageTarget? Package { get; init; }
    public ImageTarget? Image { get; init; }
    public double SchemaVersion { get; init; } = MessageCodec.SchemaVersion;
}
