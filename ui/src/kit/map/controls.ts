/** What MapLibre's own controls say, in the present language. */
import { t } from "@/app/language";

export function controlTexts(): Record<string, string> {
  return {
    "NavigationControl.ZoomIn": t("放大", "Zoom in"),
    "NavigationControl.ZoomOut": t("缩小", "Zoom out"),
    "NavigationControl.ResetBearing": t("拖动旋转，点击恢复正北", "Drag to rotate, click to reset north"),
    "ScaleControl.Meters": t("米", "m"),
    "ScaleControl.Kilometers": t("公里", "km"),
    "Map.Title": t("地图", "Map"),
    "Marker.Title": t("标记", "Map marker"),
    "Popup.Close": t("关闭", "Close"),
    "GeolocateControl.FindMyLocation": t("我的位置", "Find my location"),
    "GeolocateControl.LocationNotAvailable": t("无法定位", "Location not available"),
    "FullscreenControl.Enter": t("全屏", "Full screen"),
    "FullscreenControl.Exit": t("退出全屏", "Leave full screen"),
  };
}
