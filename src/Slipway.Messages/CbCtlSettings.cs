using Slipway.Messages.Yaml;

namespace Slipway.Messages;

/// <summary>A <c>cbctl.yml</c>, the ancestor's configuration of its client.</summary>
/// <param name="RunnerCount">How many runners answer a question. Unset: unknown.</param>
/// <param name="UsesProxy">Whether the client reaches the broker through ssh.</param>
public sealed record CbCtlSettings(int? RunnerCount, bool UsesProxy)
{
    /// <summary>Reads the file strictly; a refused one gives null and the reasons.</summary>
    public static CbCtlSettings? Read(ReadOnlySpan<byte> file, out IReadOnlyList<DocumentError> errors)
    {
        if (MessageCodec.Read(DocumentKind.CbCtl, file, out errors) is not { } map) return null;
        var count = ((YamlMap)map.Entries["cluster"]!).Entries.GetValueOrDefault("runner_count") as double?;
        var proxy = (map.Entries.GetValueOrDefault("settings") as YamlMap)?.Entries.GetValueOrDefault("use_control_plane_as_proxy") is true;
        return new(count is > 0 and < int.MaxValue ? (int)count : null, proxy);
    }
}
