using Slipway.Compose.Workspace;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Compose.Sources;

/// <summary>`mix add-rpms`: the packages of the local directory come into the local repository (format clause 2.3).</summary>
public static class AddPackages
{
    /// <summary>Returns the names of the files that the repository holds now.</summary>
    /// <exception cref="SlipwayException">A file is no package of the mix's type; nothing was added then.</exception>
    public static IReadOnlyList<string> Run(MixWorkspace mix)
    {
        var (from, to, type) = (mix.Config.LocalPackages, mix.Config.LocalRepository, mix.Config.Type);
        if (!Directory.Exists(from))
            throw new SlipwayException($"add the packages of {from}", "the directory does not exist", "make it and put packages into it, or set Mixer.LOCAL_RPM_DIR") { Kind = FailureKind.Usage };
        var files = Directory.EnumerateFiles(from).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal).ToList();
        // Source packages are of no use here; the ancestor removes them too.
        foreach (var source in files.Where(LocalPackages.IsSource).ToList())
        {
            File.Delete(source);
            files.Remove(source);
        }
        if (files.Count == 0)
            throw new SlipwayException($"add the packages of {from}", "there are none", "put packages into it") { Kind = FailureKind.Usage };
        foreach (var file in files)
        {
            if (PackageFile.TypeOf(file) != type)
                throw new SlipwayException($"add {file}", $"its name is not a {type.ToString().ToLowerInvariant()} package's", "move it away") { Kind = FailureKind.Usage };
            PackageFile.Read(file);
        }
        Directory.CreateDirectory(to);
        foreach (var file in files)
            LinkOrCopy(file, to);
        LocalPackages.Read(to, type);
        var repositories = RepositoryFile.Load(mix.Config.RepositoriesFile);
        MixInit.AddLocal(repositories, mix);
        repositories.Save();
        return [.. LocalPackages.Files(to, type).Select(f => Path.GetFileName(f))];
    }

    private static void LinkOrCopy(string file, string to)
    {
        var target = Path.Combine(to, Path.GetFileName(file));
        if (File.Exists(target) && Digest.OfFile(target) == Digest.OfFile(file))
            return;
        using var tree = RootedTree.Open(to);
        var partial = BytePath.From($".{Path.GetFileName(file)}.partial");
        tree.RemoveTree(partial);
        try
        {
            tree.LinkFromOutside(file, partial);
        }
        catch (TreeException error) when (error.Errno is 18 /* EXDEV */ or 31 /* EMLINK */ or 1 /* EPERM */)
        {
            using var content = File.OpenRead(file);
            tree.WriteFile(partial, content, 0x1a4, sync: true);
        }
        tree.Rename(partial, BytePath.From(Path.GetFileName(file)));
    }
}
