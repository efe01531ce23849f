using System.Text;
using Slipway.Content;
using Slipway.Sandbox;

namespace Slipway.Packages.Repositories;

/// <summary>Where an export writes.</summary>
internal abstract class ExportPlace
{
    /// <summary>Writes files; when it returns, all of them are there.</summary>
    /// <param name="anew">Also what is there with the same size.</param>
    public abstract void Write(string what, IReadOnlyList<ExportedFile> files, bool anew);

    /// <summary>Removes files; those that are not there are as good as removed.</summary>
    public abstract void Remove(IReadOnlyList<string> paths);
}

/// <summary>A plain directory; each file appears whole, by a rename.</summary>
internal sealed class ExportDirectory(string directory) : ExportPlace
{
    public override void Write(string what, IReadOnlyList<ExportedFile> files, bool anew)
    {
        using var target = RootedTree.OpenOrCreate(directory);
        foreach (var file in files) Place(target, BytePath.From(file.Path), file.Source, anew);
        // A pointer must not reach the disk before what it names.
        target.SyncAll();
    }

    public override void Remove(IReadOnlyList<string> paths)
    {
        using var target = RootedTree.OpenOrCreate(directory);
        foreach (var path in paths.Select(BytePath.From))
        {
            target.Remove(path);
            for (var parent = path.Parent; !parent.IsEmpty && target.Exists(parent) && target.List(parent).Count == 0; parent = parent.Parent) target.RemoveTree(parent);
        }
    }

    private static void Place(RootedTree target, BytePath path, string source, bool anew)
    {
        if (!anew && target.Stat(path) is { } there && there.Size == new FileInfo(source).Length) return;
        target.MakeDirectories(path.Parent);
        var temporary = path.Parent.Join(BytePath.From($".{path.Name}.new"));
        target.Remove(temporary);
        using (var content = File.OpenRead(source)) target.WriteFile(temporary, content, 0x1a4, sync: false);
        target.Rename(temporary, path);
    }
}

/// <summary>A store that rclone knows.</summary>
/// <param name="remote">As <c>NAME:PATH</c>.</param>
/// <param name="configuration">rclone's file with the stores' addresses and credentials.</param>
internal sealed class ExportStore(string remote, string configuration, string scratch, CancellationToken cancellation) : ExportPlace
{
    private int _runs;

    public override void Write(string what, IReadOnlyList<ExportedFile> files, bool anew)
    {
        var name = $"{_runs++}";
        using var stage = RootedTree.OpenOrCreate(Path.Combine(scratch, name));
        foreach (var file in files)
        {
            var place = BytePath.From(file.Path);
            stage.MakeDirectories(place.Parent);
            stage.MakeSymlink(place, BytePath.From(file.Source));
        }
        Rclone($"writing {what} to {remote}", "copy", "--copy-links", anew ? "--ignore-times" : "--size-only", Path.Combine(scratch, name), remote);
    }

    public override void Remove(IReadOnlyList<string> paths)
    {
        var list = Path.Combine(scratch, $"{_runs++}.list");
        File.WriteAllText(list, string.Concat(paths.Select(path => path + "\n")), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        // Each is asked for by its name: the place may hold far more than this repository.
        Rclone($"removing superseded files from {remote}", "delete", "--no-traverse", "--files-from-raw", list, remote);
    }

    private void Rclone(string what, string verb, params string[] arguments)
    {
        Directory.CreateDirectory(scratch);
        // rclone makes a directory for its configuration below HOME even where it is told to use another file.
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = scratch, ["LANG"] = "C.UTF-8" };
        ChildProcess.Run(new ChildCommand("rclone", [verb, "--config", configuration, "--transfers", "8", "--retries", "3", .. arguments]) { Environment = environment }, cancellation).Require(what);
    }
}
