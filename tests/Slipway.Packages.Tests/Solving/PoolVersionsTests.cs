using System.Runtime.InteropServices;
using Slipway.Packages.Solving;
using Slipway.Packages.Solving.Native;
using Slipway.Packages.Tests.Versions;

namespace Slipway.Packages.Tests.Solving;

public sealed partial class PoolVersionsTests
{
    [Theory]
    [InlineData(PackageType.Rpm)]
    [InlineData(PackageType.Deb)]
    [InlineData(PackageType.Pacman)]
    public void Libsolv_orders_what_goes_into_a_pool_as_the_package_manager_orders_the_versions(PackageType type)
    {
        using var pool = new PoolHandle();
        _ = Solv.PoolSetDistType(pool, type switch { PackageType.Deb => Solv.DistDeb, PackageType.Rpm => Solv.DistRpm, _ => Solv.DistArch });
        var pairs = VersionPairs.Generated(type, 20_000, 5).Concat(VersionPairs.Published(type).Select(p => (p.Left, p.Right)));
        var differing = 0;
        foreach (var (left, right) in pairs)
        {
            // A version without a release stands for any release in pacman and rpm; packages always have one.
            if (type != PackageType.Deb && left.Contains('-', StringComparison.Ordinal) != right.Contains('-', StringComparison.Ordinal)) continue;
            var expected = Math.Sign(VersionOrder.Compare(type, left, right));
            var keys = (Left: PoolVersions.ToPool(type, left), Right: PoolVersions.ToPool(type, right));
            Assert.True(expected == Math.Sign(pool_evrcmp_str(pool, keys.Left, keys.Right, 0)), $"{left} {right} as {keys.Left} {keys.Right}");
            Assert.Equal((left, right), (PoolVersions.FromPool(type, keys.Left), PoolVersions.FromPool(type, keys.Right)));
            if (expected != Math.Sign(pool_evrcmp_str(pool, left, right, 0))) differing++;
        }
        Assert.Equal(type == PackageType.Rpm, differing == 0);
    }

    [Theory]
    [InlineData(PackageType.Deb, "1.0-0000000")]
    [InlineData(PackageType.Deb, "1.0-00000000")]
    [InlineData(PackageType.Deb, "1.0-000000000")]
    [InlineData(PackageType.Deb, "1.0-")]
    [InlineData(PackageType.Deb, "2:1-2-3")]
    [InlineData(PackageType.Pacman, "1:1~2^3!4|5,6-7")]
    [InlineData(PackageType.Pacman, "1.0.")]
    [InlineData(PackageType.Pacman, "..a...1-1")]
    [InlineData(PackageType.Pacman, "r12.gabc12-1")]
    public void Any_version_comes_back_as_it_was(PackageType type, string version) =>
        Assert.Equal(version, PoolVersions.FromPool(type, PoolVersions.ToPool(type, version)));

    [LibraryImport("libsolv.so.1", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int pool_evrcmp_str(PoolHandle pool, string left, string right, int mode);
}
