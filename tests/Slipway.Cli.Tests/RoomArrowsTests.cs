using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Slipway.Cli.Tests;

/// <summary>The rooms reference each other in one direction only; a new arrow is a change of the design.</summary>
public sealed class RoomArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Content"] = [],
        ["State"] = ["Content"],
        ["Sandbox"] = ["Content"],
        ["Updates"] = ["Content"],
        ["Messages"] = ["State"],
        ["Packages"] = ["State", "Sandbox"],
        ["Compose"] = ["Packages", "Updates", "Sandbox"],
        ["Builds"] = ["Messages", "Packages", "Sandbox"],
        ["Releases"] = ["Compose"],
        ["Server"] = ["Builds", "Releases"],
        ["Cli"] = ["Server"],
    };

    [Fact]
    public void Every_room_references_only_what_the_design_allows()
    {
        var rooms = Directory.GetDirectories(Path.Combine(RepositoryRoot(), "src")).Select(Path.GetFileName).ToList();

        Assert.Equal(Allowed.Keys.Select(room => "Slipway." + room).Order(), rooms.Order());
        foreach (var room in rooms)
            Assert.Equal(Allowed[room!["Slipway.".Length..]].Order(), References(room).Order());
    }

    [Fact]
    public void No_room_reads_the_tables_of_another()
    {
        string[] prefixes = ["state_", "messages_", "packages_", "builds_", "releases_"];
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src"), "*.cs", SearchOption.AllDirectories))
        {
            var room = file.Split(Path.DirectorySeparatorChar).First(part => part.StartsWith("Slipway.", StringComparison.Ordinal))["Slipway.".Length..];
            var text = File.ReadAllText(file);
            foreach (var prefix in prefixes.Where(prefix => prefix != room.ToLowerInvariant() + "_"))
                foreach (var keyword in (string[])["FROM ", "INTO ", "UPDATE ", "JOIN "])
                    Assert.False(text.Contains(keyword + prefix, StringComparison.OrdinalIgnoreCase), $"{file} uses a table of another room: {keyword}{prefix}");
        }
    }

    private static IEnumerable<string> References(string room) =>
        XDocument.Load(Path.Combine(RepositoryRoot(), "src", room, room + ".csproj")).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)["Slipway.".Length..]);

    internal static string RepositoryRoot([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../.."));
}
