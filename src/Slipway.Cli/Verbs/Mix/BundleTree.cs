using System.CommandLine;
using System.Text.Json;
using Slipway.Compose.Bundles;

namespace Slipway.Cli.Verbs.Mix;

/// <summary>Bundles with what they lead to, as a tree; a cycle is cut where it closes.</summary>
internal static class BundleTree
{
    public static void Print(ParseResult parsed, BundleSet set, IReadOnlyList<string> names)
    {
        if (new Output(parsed).Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(names.Select(n => set[n]).Select(b => new { name = b.Name, includes = b.Includes, alsoAdd = b.AlsoAdd }), Output.JsonOptions));
            return;
        }
        foreach (var name in names)
            Write(set, name, "", "", [], "");
    }

    private static void Write(BundleSet set, string name, string lead, string below, IReadOnlyList<string> above, string mark)
    {
        var closes = above.Contains(name);
        Console.WriteLine($"{lead}{name}{mark}{(closes ? " (again)" : "")}");
        if (closes) return;
        var children = set[name].Includes.Select(i => (Name: i, Mark: "")).Concat(set[name].AlsoAdd.Select(a => (Name: a, Mark: " (+)"))).ToList();
        for (var i = 0; i < children.Count; i++)
        {
            var isLast = i == children.Count - 1;
            Write(set, children[i].Name, below + (isLast ? "└── " : "├── "), below + (isLast ? "    " : "│   "), [.. above, name], children[i].Mark);
        }
    }
}
