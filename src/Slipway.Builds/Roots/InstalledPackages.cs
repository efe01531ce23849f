using System.Text;
using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Builds.Roots;

/// <summary>A package that dpkg has installed in a root.</summary>
internal sealed record InstalledPackage(string Name, string Version, string Architecture, string Provides);

/// <summary>The package database of a root.</summary>
internal static partial class InstalledPackages
{
    private const long MaxStatusBytes = 256L << 20;

    /// <summary>Reads the database that a layer has written.</summary>
    internal static IReadOnlyList<InstalledPackage> Read(string upper)
    {
        using var tree = RootedTree.Open(upper);
        var status = Encoding.UTF8.GetString(tree.ReadAllBytes(BytePath.From("var/lib/dpkg/status"), MaxStatusBytes));
        return [.. ControlText.Stanzas(status)
            .Where(s => s.GetValueOrDefault("Status") == "install ok installed")
            .Select(s => new InstalledPackage(s["Package"], s["Version"], s.GetValueOrDefault("Architecture", "all"), s.GetValueOrDefault("Provides", "")))
            .Where(p => PlainName().IsMatch(p.Name))];
    }

    // What goes into the databases of other package tools must not be able to say anything but a name there.
    [GeneratedRegex(@"^[a-z0-9][a-z0-9.+-]*\z")]
    internal static partial Regex PlainName();
}
