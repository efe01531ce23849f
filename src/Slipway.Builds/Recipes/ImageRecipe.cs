using System.Text.RegularExpressions;
using Slipway.Builds.Kiwi;
using Slipway.Builds.Roots;
using Slipway.Packages;
using Slipway.Sandbox;

namespace Slipway.Builds.Recipes;

/// <summary>A kiwi image description; the package directory is the description.</summary>
internal sealed partial class ImageRecipe(ImageChoice image, BuildInputs inputs) : PackageRecipe
{
    /// <summary>Directory inside of the one repository that kiwi installs from.</summary>
    internal const string Repository = "/build/repository";

    /// <summary>Types that kiwi makes from a directory alone.</summary>
    private static readonly string[] Types = ["tbz", "oci", "docker", "squashfs"];

    // Arguments of `kiwi-ng system build` that say what no other part of a build may.
    private static readonly string[] Refused = ["--target-dir", "--description", "--root", "--set-repo", "--set-repo-credentials", "--add-repo", "--add-repo-credentials", "--ignore-repos", "--ignore-repos-used-for-build", "--signing-key", "--obs-repo-internal"];

    private static readonly string[] WithPackage = ["--add-package", "--add-bootstrap-package"];

    // MANAGER ARCHITECTURE BUNDLE-ID SUITE PROFILE-OPTION... -- ARGUMENT...
    private const string Script = """
        set -e
        manager=$1; architecture=$2; bundle=$3; suite=$4
        shift 4
        profiles=
        while [ "$1" != -- ]; do profiles="$profiles $1"; shift; done
        shift
        cd /build/repository
        case $manager in
            apt)
                mkdir -p dists/$suite/main/binary-$architecture
                apt-ftparchive packages . > dists/$suite/main/binary-$architecture/Packages
                gzip -k dists/$suite/main/binary-$architecture/Packages
                apt-ftparchive -o APT::FTPArchive::Release::Suite=$suite -o APT::FTPArchive::Release::Codename=$suite -o APT::FTPArchive::Release::Components=main \
                    -o APT::FTPArchive::Release::Architectures=$architecture release dists/$suite > /tmp/Release
                mv /tmp/Release dists/$suite/Release
                # Here no device can be made; debootstrap has a way without for containers of this kind.
                export container=lxc
                # debootstrap goes by the suite's name; of one that it does not know it is told to do as for the newest.
                if [ ! -e /usr/share/debootstrap/scripts/$suite ]; then ln -s sid /usr/share/debootstrap/scripts/$suite; fi ;;
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

    // What kiwi calls for this description, and no more: the root of one image in a hundred need not hold every package manager there is.
    internal override IReadOnlyList<string> Tools
    {
        get
        {
            var selection = Select();
            return ["kiwi", "rsync", "xz-utils", "rpm", "mount", "ca-certificates", .. Managing(selection.PackageManager), .. Packing(selection.ImageType)];
        }
    }

    private static string[] Managing(string manager) => manager switch
    {
        "apt" => ["apt-utils"],
        "pacman" => ["makepkg", "pacman-package-manager", "libarchive-tools", "zstd"],
        "zypper" => ["zypper", "createrepo-c"],
        _ => ["dnf", "createrepo-c"],
    };

    private static string[] Packing(string type) => type switch
    {
        "oci" or "docker" => ["umoci", "skopeo"],
        "squashfs" => ["squashfs-tools"],
        _ => [],
    };

    internal override SandboxUser User => SandboxUser.ImageMaker;

    internal override bool IsResult(string fileName) => fileName.EndsWith(".rpm", StringComparison.Ordinal);

    internal override Task<IReadOnlyList<string>> BuildDependenciesAsync(RecipeContext context) => Task.FromResult<IReadOnlyList<string>>([]);

    internal override IReadOnlyList<string> ToDebs(string need, Func<string, bool> isKnown) => [need];

    internal override RecipeRun Build(RecipeContext context)
    {
        var selection = Select();
        return new(["sh", "-c", Script, "sh", selection.PackageManager, Architectures.Deb(context.Inputs.Architecture), image.BundleId, KiwiDescription.LocalSuite(selection), .. image.Profiles.Select(p => "--profile=" + p), "--", .. image.Arguments], "/build", context.Environment());
    }

    /// <summary>What the description says, once it is sure that it can be built here.</summary>
    /// <exception cref="RecipeException">It cannot, in words.</exception>
    internal KiwiSelection Select()
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
    internal static IReadOnlyList<string> Wanted(KiwiSelection selection) => selection.Type == PackageType.Deb ? [.. selection.Packages, "apt", "usr-is-merged | base-files"] : selection.Packages;

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
