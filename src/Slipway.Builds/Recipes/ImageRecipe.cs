using System.Text.RegularExpressions;
using Slipway.Builds.Kiwi;
using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Recipes;

/// <summary>A kiwi image description; the package directory is the description.</summary>
internal sealed partial class ImageRecipe(ImageChoice image) : PackageRecipe
{
    /// <summary>Directory inside of the one repository that kiwi installs from.</summary>
    internal const string Repository = "/build/repository";

    /// <summary>Types that kiwi makes from a directory alone.</summary>
    private static readonly string[] Types = ["tbz", "oci", "docker", "squashfs"];

    // Arguments of `kiwi-ng system build` that say what no other part of a build may.
    private static readonly string[] Refused = ["--target-dir", "--description", "--root", "--set-repo", "--set-repo-credentials", "--add-repo", "--add-repo-credentials", "--ignore-repos", "--ignore-repos-used-for-build", "--signing-key", "--obs-repo-internal"];

    private static readonly string[] WithPackage = ["--add-package", "--add-bootstrap-package"];

    // MANAGER ARCHITECTURE BUNDLE-ID PROFILE-OPTION... -- ARGUMENT...
    private const string Script = """
        set -e
        manager=$1; architecture=$2; bundle=$3
        shift 3
        profiles=
        while [ "$1" != -- ]; do profiles="$profiles $1"; shift; done
        shift
        cd /build/repository
        case $manager in
            apt)
                mkdir -p dists/slipway/main/binary-$architecture
                apt-ftparchive packages . > dists/slipway/main/binary-$architecture/Packages
                gzip -k dists/slipway/main/binary-$architecture/Packages
                apt-ftparchive -o APT::FTPArchive::Release::Suite=slipway -o APT::FTPArchive::Release::Codename=slipway -o APT::FTPArchive::Release::Components=main \
                    -o APT::FTPArchive::Release::Architectures=$architecture release dists/slipway > /tmp/Release
                mv /tmp/Release dists/slipway/Release ;;
            pacman) repo-add -q slipway.db.tar.gz *.pkg.tar.* ;;
            *) createrepo_c -q . ;;
        esac
        cd /build
        # One stream on every processor instead of one on one.
        printf 'xz:\n  - options: --threads=0\n' > /etc/kiwi.yml
        # These are mounted while packages are installed, and their owner cannot be changed.
        mkdir -p /etc/rpm
        echo '%_netsharedpath /proc:/sys:/dev' > /etc/rpm/macros.slipway-image
        kiwi-ng $profiles system build --description /build/src --allow-existing-root --target-dir /build/image "$@"
        kiwi-ng $profiles result bundle --target-dir /build/image --id "$bundle" --bundle-dir /build/bundle --package-as-rpm
        cp /build/bundle/*.rpm /build/out/
        """;

    internal override IReadOnlyList<string> Tools => ["kiwi", "rsync", "xz-utils", "rpm", "dnf", "zypper", "createrepo-c", "apt-utils", "makepkg", "pacman-package-manager", "umoci", "skopeo", "squashfs-tools", "mount", "ca-certificates"];

    internal override SandboxUser User => SandboxUser.ImageMaker;

    internal override bool IsResult(string fileName) => fileName.EndsWith(".rpm", StringComparison.Ordinal);

    internal override Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context) => Task.FromResult<IReadOnlyList<string>>([]);

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => [need];

    internal override RecipeRun Build(RecipeContext context)
    {
        var selection = Select(context.Inputs);
        return new(["sh", "-c", Script, "sh", selection.PackageManager, Architectures.Deb(context.Inputs.Architecture), image.BundleId, .. image.Profiles.Select(p => "--profile=" + p), "--", .. image.Arguments], "/build", context.Environment());
    }

    /// <summary>What the description says, once it is sure that it can be built here.</summary>
    /// <exception cref="RecipeException">It cannot, in words.</exception>
    internal KiwiSelection Select(BuildInputs inputs)
    {
        var selection = KiwiDescription.Find(inputs.SourceDirectory).Select(image.Profiles, inputs.Architecture);
        var type = selection.ImageType;
        if (!Types.Contains(type))
            throw new RecipeException(type.Length == 0 ? "the description names no image type"
                : $"images of type `{type}` need loop devices, which a build does not have: {string.Join(", ", Types)} are made without");
        if (image.Profiles.FirstOrDefault(p => !ProfileName().IsMatch(p)) is { } strange)
            throw new RecipeException($"`{strange}` cannot be the name of a profile. Try: letters, digits and . _ + -");
        foreach (var argument in image.Arguments)
        {
            if (Refused.Contains(argument.Split('=')[0]))
                throw new RecipeException($"`{argument}` cannot be given: where packages come from stands in the description. Try: change its <repository>");
        }
        return selection with { Packages = [.. selection.Packages, .. Added()] };
    }

    /// <summary>Everything the image is installed from; debs need what debootstrap takes for granted too.</summary>
    internal static IReadOnlyList<string> Wanted(KiwiSelection selection) => selection.Type == PackageType.Deb ? [.. selection.Packages, "apt"] : selection.Packages;

    [GeneratedRegex(@"^[A-Za-z0-9._+-]+\z")]
    private static partial Regex ProfileName();

    private IEnumerable<string> Added()
    {
        for (var i = 0; i < image.Arguments.Count; i++)
        {
            var (name, value) = image.Arguments[i].Split('=', 2) is [var option, var given] ? (option, given) : (image.Arguments[i], i + 1 < image.Arguments.Count ? image.Arguments[i + 1] : "");
            if (WithPackage.Contains(name))
                yield return value;
        }
    }
}
