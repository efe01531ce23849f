using System.Text.RegularExpressions;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Roots;

/// <summary>Takes packages out of a finished build; what a build leaves is not trusted to be files, or to be named sensibly.</summary>
internal static partial class BuildResults
{
    private const long MaxDescriptionBytes = 4 << 20;

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

    /// <summary>The files that can be published: packages that can be read, and source packages that are whole. Parts of a source package that none names go.</summary>
    /// <exception cref="RecipeException">A file is not what its name says; it would hold up what is published with it.</exception>
    internal static IReadOnlyList<string> Sound(IReadOnlyList<string> files, PackageType type)
    {
        var named = files.Where(f => f.EndsWith(".dsc", StringComparison.Ordinal)).SelectMany(f => Named(f, files)).ToHashSet();
        foreach (var package in files.Where(f => PackageFile.TypeOf(f) == type))
            Readable(package, type);
        var sound = files.Where(f => PackageFile.TypeOf(f) == type || f.EndsWith(".dsc", StringComparison.Ordinal) || named.Contains(f)).ToList();
        foreach (var stray in files.Except(sound))
            File.Delete(stray);
        return sound;
    }

    private static void Readable(string package, PackageType type)
    {
        try
        {
            PackageFile.Read(package, type);
        }
        catch (Exception unreadable) when (unreadable is SlipwayException or InvalidDataException)
        {
            throw new RecipeException($"the recipe made {Path.GetFileName(package)}, which cannot be read as a package: {unreadable.Message}");
        }
    }

    private static IEnumerable<string> Named(string description, IReadOnlyList<string> files)
    {
        var text = new FileInfo(description).Length <= MaxDescriptionBytes ? File.ReadAllText(description) : "";
        var source = ControlText.Stanzas(text).FirstOrDefault(s => s.ContainsKey("Source"));
        var lines = (source?.GetValueOrDefault("Checksums-Sha256") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length == 0)
            throw new RecipeException($"the recipe made {Path.GetFileName(description)}, which names no file of a source package");
        foreach (var words in lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            var file = words.Length == 3 ? files.FirstOrDefault(f => Path.GetFileName(f) == words[2]) : null;
            if (file is null || Digest.OfFile(file).ToString() != words[0])
                throw new RecipeException($"the recipe made {Path.GetFileName(description)}, but not {words[^1]} as it names it");
            yield return file;
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9.+_~^:-]{0,250}\z")]
    private static partial Regex PackageFileName();
}
