using Slipway.Builds.Recipes;
using Slipway.Builds.Roots;
using Slipway.Content;
using Slipway.Packages;

namespace Slipway.Builds.Kiwi;

/// <summary>Everything that kiwi will install, resolved and fetched beforehand, since a build has no network.</summary>
internal sealed class ImagePackages(NamedSources sources, ContentStore store)
{
    /// <summary>Lays the packages of an image and its description, which then names only them, into a tree.</summary>
    /// <param name="build">The directory that is /build inside; the sources are in it.</param>
    /// <returns>What was resolved.</returns>
    /// <exception cref="RecipeException">It cannot be had, in words.</exception>
    internal async Task<IReadOnlyList<ResolvedPackage>> ProvideAsync(ImageRecipe recipe, BuildInputs inputs, string build, CancellationToken cancellation)
    {
        var selection = recipe.Select();
        var source = sources.Of(KiwiDist.Upstreams(selection, inputs.SourceDirectory), inputs.Architecture);
        await source.SettleAsync(cancellation).ConfigureAwait(false);
        var solution = await Task.Run(() =>
        {
            using var pool = source.OpenSolver();
            return pool.Resolve(ImageRecipe.Wanted(selection), new ResolveOptions { Essential = selection.Type == PackageType.Deb, Exclude = selection.Ignored });
        }, cancellation).ConfigureAwait(false);
        if (!solution.Succeeded)
            throw new RecipeException($"what the image {inputs.PackageName} is made of cannot be had: {string.Join("; ", solution.Problems)}");
        await source.FetchAsync(solution.Packages, cancellation).ConfigureAwait(false);
        var repository = Directory.CreateDirectory(Path.Combine(build, Path.GetFileName(ImageRecipe.Repository))).FullName;
        using var into = RootedTree.Open(repository);
        foreach (var package in solution.Packages)
        {
            // A copy: whoever makes an image may mount, and must find nothing that is also somebody else's.
            using var content = store.Open(package.Digest);
            into.WriteFile(BytePath.From(package.Location[(package.Location.LastIndexOf('/') + 1)..]), content, 0x1a4);
        }
        var description = KiwiDescription.Find(inputs.SourceDirectory);
        using var described = RootedTree.Open(Path.Combine(build, "src"));
        described.WriteFile(BytePath.From(description.FileName), System.Text.Encoding.UTF8.GetBytes(description.WithRepository(selection, ImageRecipe.Repository)), 0x1a4);
        return solution.Packages;
    }
}
