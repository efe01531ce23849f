using Slipway.Content;

namespace Slipway.Updates;

/// <summary>Update content that breaks its format or its limits. Nothing of it may be used.</summary>
public sealed class InvalidContentException(string file, string where, string why, Exception? inner = null)
    : SlipwayException(where.Length == 0 ? $"cannot use {file}" : $"cannot use {file}, {where}", why,
        "fetch it again; if that gives the same, it was published broken", inner)
{
    /// <summary>The name of the file that is wrong.</summary>
    public string File { get; } = file;
}
