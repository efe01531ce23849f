using System.Text;
using Slipway.Builds.Kiwi;
using Slipway.Messages;

namespace Slipway.Builds;

/// <summary>One thing that is wrong with a package in a source repository.</summary>
public sealed record SourceFault(string File, int Line, string Error)
{
    public override string ToString() => $"{File}:{Line}: {Error}";
}

/// <summary>One target that a package asks to be built.</summary>
public sealed record SourceTarget(string RunnerGroup, PackageTarget? Package, ImageTarget? Image)
{
    /// <summary><c>DIST.ARCH</c> or <c>SELECTION.ARCH</c>.</summary>
    public string Name => Package is { } package ? $"{package.Dist}.{package.Arch}" : $"{Image!.Selection}.{Image.Arch}";
}

/// <summary>What a package's metadata says at a commit. Faults spoil the targets they concern, not the others.</summary>
/// <param name="MetadataReadable">False when the metadata file itself is wrong: the original reports that as <c>invalid package metadata</c>.</param>
public sealed record SourceCheck(string Package, IReadOnlyList<SourceTarget> Targets, IReadOnlyList<SourceFault> Faults, bool MetadataReadable)
{
    /// <summary>Reads one package's metadata.</summary>
    /// <param name="directory">The package's directory in the repository.</param>
    /// <param name="read">Bytes of a file of the commit, or null.</param>
    /// <param name="distFaults">What is wrong with the file of a dist; null when the repository has no such dist.</param>
    public static SourceCheck Of(string directory, Func<string, byte[]?> read, Func<string, IReadOnlyList<SourceFault>?> distFaults)
    {
        var file = $"{directory}/.cb/cloud_builder.yml";
        if (!PackagePath.TryParse(directory, out var path))
            return Unreadable(directory, new(file, 1, $"the path `{directory}` cannot be published: it needs projects/PROJECT/NAME of letters, digits and . _ + - (not `snapshots` or `current`)"));
        var metadata = ProjectMetadata.Read(read(file), out var errors);
        if (metadata is null) return new(directory, [], [.. errors.Select(error => new SourceFault(file, error.Line, error.Text))], false);
        var faults = SourcesFile.Check(path, read);
        var targets = new List<SourceTarget>();
        foreach (var target in metadata.Distributions ?? [])
        {
            var wrong = distFaults(target.Dist) ?? (Describes(directory, read, target) ? [] : [new(file, target.Line, $"dist `{target.Dist}` is not defined: there is no dists/{target.Dist}.yml, and no profile `{target.Dist}.{target.Arch}` in {KiwiDist.File}")]);
            if (wrong.Count == 0) targets.Add(new(target.RunnerGroup, new(target.Arch, target.Dist), null));
            else faults.AddRange(wrong);
        }
        foreach (var image in metadata.Distributions is null ? metadata.Images ?? [] : [])
            targets.Add(new(image.RunnerGroup, null, new(image.Arch, image.Selection)));
        return new(directory, [.. targets.Distinct()], [.. faults.Distinct()], true);
    }

    private static bool Describes(string directory, Func<string, byte[]?> read, Distribution target) =>
        read($"{directory}/{KiwiDist.File}") is { } description && KiwiDist.Describes(Encoding.UTF8.GetString(description), target.Dist, target.Arch);

    private static SourceCheck Unreadable(string directory, SourceFault fault) => new(directory, [], [fault], false);
}
