using Slipway.Content;

namespace Slipway.Releases.Adoption;

/// <summary>A mixer workspace (format clause 2.1), as far as it tells more than what is published.</summary>
/// <param name="CertificatePem">Its Swupd_Root.pem; null when there is none.</param>
/// <param name="MixVersion">The number it was working on; 0 when it does not say.</param>
internal sealed record MixWorkspace(string? CertificatePem, uint MixVersion)
{
    private const int MaxFileBytes = 1 << 20;

    public static MixWorkspace Open(string directory)
    {
        if (!Directory.Exists(directory))
            throw new SlipwayException($"read the workspace {directory}", "there is no such directory", "name the directory of builder.conf, or leave it out") { Kind = FailureKind.Usage };
        using var tree = RootedTree.Open(directory);
        // The dotted names are older and win where both are there.
        var version = Read(tree, ".mixversion") ?? Read(tree, "mixversion") ?? "";
        return new MixWorkspace(Read(tree, "Swupd_Root.pem"), MirrorNumber.Of(version.Trim()));
    }

    private static string? Read(RootedTree tree, string file) => tree.Stat(BytePath.From(file)) is { Type: NodeType.Regular, Size: <= MaxFileBytes }
        ? System.Text.Encoding.UTF8.GetString(tree.ReadAllBytes(BytePath.From(file), MaxFileBytes)) : null;
}

internal static class MirrorNumber
{
    /// <summary>The number of a version directory or file; 0 for anything else.</summary>
    public static uint Of(string text) =>
        text.Length > 0 && text[0] != '0' && uint.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;
}
