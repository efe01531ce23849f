using System.Text.RegularExpressions;
using Slipway.Content;

namespace Slipway.Builds.Roots;

/// <summary>Takes packages out of a finished build; what a build leaves is not trusted to be files, or to be named sensibly.</summary>
internal static partial class BuildResults
{
    /// <summary>Copies every package file below a directory of the root; returns the copies, sorted.</summary>
    /// <param name="root">The tree that the build wrote into; nothing outside it is ever read.</param>
    /// <param name="from">The directory in it.</param>
    internal static IReadOnlyList<string> Collect(string root, string from, string into, Func<string, bool> isResult)
    {
        if (Directory.Exists(into))
        {
            using var parent = RootedTree.Open(Path.GetDirectoryName(into)!);
            parent.RemoveTree(BytePath.From(Path.GetFileName(into)));
        }
        Directory.CreateDirectory(into);
        using var whole = RootedTree.Open(root);
        // The build owns what is above: a link in place of the directory would lead to wherever it points.
        if (whole.Stat(BytePath.From(from))?.Type != NodeType.Directory)
            throw new RecipeException($"the recipe put something else in the place of the directory /{from}");
        using var source = whole.Subtree(BytePath.From(from));
        using var target = RootedTree.Open(into);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (path, stat) in source.Walk())
        {
            var name = path.Name.ToString();
            if (stat.Type != NodeType.Regular || !isResult(name))
                continue;
            if (!PackageFileName().IsMatch(name) || !names.Add(name))
                throw new RecipeException($"the recipe made `{path}`, which cannot be the name of a package of its own");
            using var content = source.OpenRead(path);
            target.WriteFile(BytePath.From(name), content, 0x1a4, sync: true);
        }
        return [.. names.Select(n => Path.Combine(into, n))];
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_~^:-]{0,250}\z")]
    private static partial Regex PackageFileName();
}
